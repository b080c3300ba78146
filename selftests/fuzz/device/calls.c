// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program, call by call: what its bytes stand for, and the calls themselves, on the device,
 * on operations, on keys in keyrings. A byte that is zero stands for what makes most sense.
 * Between main.c and world.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kmfuzz.h"
#include "table.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define PTR(p)		((uint64_t)(uintptr_t)(p))
#define FDS		6
#define SERIALS		3
#define ARG		512

/**
 * struct running - a program that is running
 * @record: the call that is
 * @at: bytes of it that are used up
 * @key: which of the world's keys it is about
 * @fds: of operations and authenticators
 * @handle: of the last operation
 * @serials: keys in keyrings
 */
struct running {
	const uint8_t *record;
	unsigned int at;
	unsigned int key;
	int fds[FDS];
	unsigned int next_fd;
	uint64_t handle;
	int32_t serials[SERIALS];
	unsigned int next_serial;
	uint8_t sets[4][1024];
	unsigned int n_sets;
};

static const uint32_t tags[] = {
	KM_TAG_PURPOSE, KM_TAG_ALGORITHM, KM_TAG_KEY_SIZE, KM_TAG_BLOCK_MODE, KM_TAG_DIGEST,
	KM_TAG_PADDING, KM_TAG_CALLER_NONCE, KM_TAG_MIN_MAC_LENGTH, KM_TAG_EC_CURVE,
	KM_TAG_RSA_PUBLIC_EXPONENT, KM_TAG_RSA_OAEP_MGF_DIGEST, KM_TAG_INCLUDE_UNIQUE_ID,
	KM_TAG_BOOTLOADER_ONLY, KM_TAG_ROLLBACK_RESISTANCE, KM_TAG_EARLY_BOOT_ONLY,
	KM_TAG_ACTIVE_DATETIME, KM_TAG_ORIGINATION_EXPIRE_DATETIME,
	KM_TAG_USAGE_EXPIRE_DATETIME, KM_TAG_MIN_SECONDS_BETWEEN_OPS, KM_TAG_MAX_USES_PER_BOOT,
	KM_TAG_USAGE_COUNT_LIMIT, KM_TAG_USER_SECURE_ID, KM_TAG_NO_AUTH_REQUIRED,
	KM_TAG_USER_AUTH_TYPE, KM_TAG_AUTH_TIMEOUT, KM_TAG_UNLOCKED_DEVICE_REQUIRED,
	KM_TAG_TRUSTED_CONFIRMATION_REQUIRED, KM_TAG_APPLICATION_ID, KM_TAG_APPLICATION_DATA,
	KM_TAG_CREATION_DATETIME, KM_TAG_ORIGIN, KM_TAG_ROOT_OF_TRUST, KM_TAG_OS_VERSION,
	KM_TAG_ATTESTATION_CHALLENGE, KM_TAG_ATTESTATION_APPLICATION_ID,
	KM_TAG_ATTESTATION_ID_BRAND, KM_TAG_ATTESTATION_ID_SERIAL, KM_TAG_ASSOCIATED_DATA,
	KM_TAG_NONCE, KM_TAG_AUTH_TOKEN, KM_TAG_MAC_LENGTH, KM_TAG_CONFIRMATION_TOKEN,
	KM_TAG_CERTIFICATE_SERIAL, KM_TAG_CERTIFICATE_SUBJECT, KM_TAG_CERTIFICATE_NOT_BEFORE,
	KM_TAG_CERTIFICATE_NOT_AFTER, KM_TAG_MAX_BOOT_LEVEL, KM_TAG_LINUX_SHAREABLE,
	KM_TAG_LINUX_OWNER_UID, KM_TAG_RESET_SINCE_ID_ROTATION, KM_TAG_LINUX_BRIDGE, 0,
	0x10000fff, 0xf0000001,
};

static const uint64_t numbers[] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 40, 64, 65, 77, 96, 120, 127, 128, 129, 168, 192,
	224, 256, 257, 384, 512, 521, 1024, 2048, 3072, 4096, 4097, 65535, 65536, 65537, 1 << 20,
	0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32, ~0ULL >> 1, ~0ULL,
};

static const uint32_t lengths[] = {
	32, 16, 0, 1, 15, 17, 31, 33, 64, 100, 128, 255, 256, 4095, 4096, 4097, 12, 58, 69,
	65536, 100000,
};

static uint8_t byte(struct running *r)
{
	unsigned int at = r->at++;

	/* What is beyond the record is made of it. */
	return at < RECORD ? r->record[at] : (uint8_t)(r->record[at % RECORD] * 37 + at);
}

static uint64_t number(struct running *r)
{
	uint8_t b = byte(r);

	return b < 4 * COUNT(numbers) ? numbers[b % COUNT(numbers)] : (uint64_t)byte(r) << b % 57;
}

/* An address that something is wrong with. */
static uint64_t wrong(uint8_t b)
{
	switch (b % 7) {
	case 0:
		return 0;
	case 1:
		return 0x10;
	case 2:
		return 0xffffffff81000000ULL;
	case 3:
		return 0xffff888000001000ULL;
	case 4:
		return PTR(world.fixed);
	case 5:
		return PTR(world.two + ROOM - b);
	}
	return ~0ULL;
}

/* --- sets --- */

/* RSA keys take seconds to be generated here. */
static void no_rsa(uint64_t *pairs, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (pairs[2 * i] == KM_TAG_ALGORITHM && pairs[2 * i + 1] == KM_ALGORITHM_RSA)
			pairs[2 * i + 1] = KM_ALGORITHM_EC;
}

static uint32_t fill_set(struct running *r, const uint64_t *base, uint8_t *out, bool generates)
{
	uint64_t pairs[2 * 48];
	uint32_t n = base ? pairs_of(base) : 0, i;
	uint8_t how = byte(r);

	memcpy(pairs, base ? base : pairs, 16 * n);
	if (how >= 0xf0) {
		for (i = 0; i < how; i++)
			out[i] = byte(r);
		return how;
	}
	for (i = how >= 0x80 ? how % 8 : 0; i; i--, n++) {
		pairs[2 * n] = tags[byte(r) % COUNT(tags)];
		pairs[2 * n + 1] = number(r);
	}
	if (n && how & 0x40)
		pairs[2 * (byte(r) % n) + 1] = number(r);
	if (n && how & 0x20) {
		i = byte(r) % n;
		n--;
		pairs[2 * i] = pairs[2 * n];
		pairs[2 * i + 1] = pairs[2 * n + 1];
	}
	if (generates)
		no_rsa(pairs, n);
	return set_pack(pairs, n, out);
}

static uint32_t a_set(struct running *r, const struct command *c, uint64_t *at)
{
	const struct recipe *recipe = &recipes[r->key];
	uint8_t *out = r->sets[r->n_sets++ % 4];
	const uint64_t *base = NULL;

	switch (c->number) {
	case KM_IOC_GENERATE_KEY:
	case KM_IOC_IMPORT_KEY:
		base = recipe->describe;
		break;
	case KM_IOC_BEGIN:
	case KM_IOC_OPERATE:
		base = recipe->use;
		break;
	}
	*at = PTR(out);
	return fill_set(r, base, out, c->number == KM_IOC_GENERATE_KEY);
}

/* --- other members --- */

static uint32_t a_blob(struct running *r, uint64_t *at, bool is_last_choice)
{
	static struct bytes spoilt;
	uint8_t b = byte(r);
	struct bytes *from = &world.keys[r->key];

	if (b >= 0xf8 || (is_last_choice && !b)) {
		*at = 0;
		return 0;
	}
	if (b >= 0xc0)
		from = &world.made[b % MADE];
	*at = PTR(from->data);
	if (b >= 0xb0 && b < 0xc0 && from->len) {
		spoilt = *from;
		spoilt.data[byte(r) % spoilt.len] ^= (uint8_t)(1 << b % 8);
		*at = PTR(spoilt.data);
		return spoilt.len;
	}
	return b == 0xf7 ? from->len + 1 : b == 0xf6 ? from->len / 2 : from->len;
}

static uint32_t some_data(struct running *r, uint64_t *at)
{
	uint8_t b = byte(r);

	*at = PTR(world.large);
	if (b >= 0xf0) {
		*at = wrong(b);
		return b % 5 * 100;
	}
	if (b >= 0xc0) {
		*at = PTR(world.out[b % OUTS].data);
		return lengths[b % 8];
	}
	return lengths[b % COUNT(lengths)];
}

static uint32_t a_thing(struct running *r, uint64_t *at)
{
	uint8_t b = byte(r);
	struct bytes *from;

	*at = 0;
	if (!b)
		return 0;
	if (b >= 0xf0)
		return some_data(r, at);
	from = b >= 0xc0 ? &world.made[b % MADE] : b >= 0xa0 ? &world.out[b % OUTS] :
						  &world.things[b % (world.n_things + 1)];
	*at = PTR(from->data);
	return from->len;
}

static uint32_t an_out(struct running *r, uint64_t *at, unsigned int nth)
{
	uint8_t b = byte(r);

	*at = PTR(world.out[nth % OUTS].data);
	if (b < 0xc0)
		return ROOM;
	if (b < 0xe0)
		return lengths[b % COUNT(lengths)] % (ROOM + 1);
	*at = wrong(b);
	return b & 1 ? ROOM : 64;
}

static void put(uint8_t *arg, unsigned int at, uint64_t v, unsigned int size)
{
	memcpy(arg + at, &v, size);
}

static uint32_t with_length(struct running *r, const struct command *c, const struct member *m,
			    unsigned int outs, uint64_t *at)
{
	switch (m->kind) {
	case BLOB:
		return a_blob(r, at, m->at > offsetof(struct km_generate_key, certify) &&
			      c->number != KM_IOC_OPERATE);
	case SET:
		return a_set(r, c, at);
	case DATA:
		return some_data(r, at);
	case THING:
		return a_thing(r, at);
	case HELPER:
		*at = PTR("/bin/true");
		return 9;
	case COUNTED:
		return an_out(r, at, outs) / 4;
	default:
		return an_out(r, at, outs);
	}
}

static void fill_number(struct running *r, const struct member *m, uint8_t *arg)
{
	uint8_t b = byte(r);

	switch (m->kind) {
	case FLAGS:
		put(arg, m->at, b < 0xe0 ? 0 : 1u << b % 32, 4);
		break;
	case PURPOSE:
		put(arg, m->at, b ? b % 9 : recipes[r->key].describe[0] == KM_TAG_PURPOSE ? 2 :
							  KM_PURPOSE_SIGN, 4);
		break;
	case FORMAT:
		put(arg, m->at, b < 0xc0 ? 0 : b % 3, 4);
		break;
	case KEY_FORMAT:
		put(arg, m->at, b < 0xc0 ? (b & 1 ? KM_KEY_FORMAT_X509 : KM_KEY_FORMAT_PKCS8) :
					   b % 5, 4);
		break;
	case USER_ID:
		put(arg, m->at, b < 0x60 ? 0 : b < 0xc0 ? USER : number(r), 4);
		break;
	case SERIAL:
		put(arg, m->at, b < 0xc0 ? 0 : b < 0xf0 ? (uint32_t)r->serials[b % SERIALS] :
							  (uint32_t)number(r), 4);
		break;
	case RING:
		put(arg, m->at, b < 0xc0 ? (uint32_t)KEY_SPEC_PROCESS_KEYRING :
					   (uint32_t)number(r), 4);
		break;
	case SOURCE:
		put(arg, m->at, b < 0xc0 ? KM_ROOT_BYTES : b % 7, 4);
		break;
	case WIDE:
		put(arg, m->at, b < 0x80 ? r->handle : number(r), 8);
		break;
	default:
		put(arg, m->at, number(r), 4);
	}
}

static void fill(struct running *r, const struct command *c, uint8_t *arg)
{
	const struct member *m;
	unsigned int outs = 0;
	uint32_t len;
	uint64_t at;

	put(arg, 0, c->size, 4);
	for (m = c->members; m < c->members + COUNT(c->members) && m->kind != END; m++) {
		if (!m->len_at) {
			fill_number(r, m, arg);
			continue;
		}
		len = with_length(r, c, m, outs, &at);
		outs += m->kind == OUT || m->kind == COUNTED;
		put(arg, m->at, at, 8);
		put(arg, m->len_at, len, 4);
	}
}

/* A member, or what is between them, of any value. */
static void spoil(struct running *r, uint8_t *arg, unsigned int size)
{
	unsigned int at = byte(r) * 4u % size;

	put(arg, at, number(r), 4);
}

/* --- calls --- */

struct racer {
	int fd;
	unsigned long number;
	uint8_t arg[ARG];
};

static void *race(void *p)
{
	struct racer *racer = p;

	ioctl(racer->fd, racer->number, racer->arg);
	return NULL;
}

static int take_fd(struct running *r, int fd)
{
	int *slot = &r->fds[r->next_fd++ % FDS];

	if (*slot >= 0)
		close(*slot);
	*slot = fd;
	return fd;
}

static void keep(const uint8_t *arg, unsigned int at, unsigned int len_at)
{
	struct bytes *to = &world.made[world.n_made++ % MADE];
	uint64_t from;

	memcpy(&from, arg + at, 8);
	memcpy(&to->len, arg + len_at, 4);
	if (to->len > ROOM)
		to->len = 0;
	/* It was written to, so it can be read. */
	memcpy(to->data, (void *)(uintptr_t)from, to->len);
}

/* What came out, for the calls that follow. */
static void learn(struct running *r, const struct command *c, const uint8_t *arg)
{
	switch (c->number) {
	case KM_IOC_BEGIN:
		memcpy(&r->handle, arg + offsetof(struct km_begin, handle), 8);
		take_fd(r, *(const int *)(arg + offsetof(struct km_begin, fd)));
		break;
	case KM_IOC_OPEN_AUTHENTICATOR:
		take_fd(r, *(const int *)(arg + offsetof(struct km_open_authenticator, fd)));
		break;
	case KM_IOC_GENERATE_KEY:
		keep(arg, offsetof(struct km_generate_key, blob),
		     offsetof(struct km_generate_key, blob_len));
		break;
	case KM_IOC_IMPORT_KEY:
		keep(arg, offsetof(struct km_import_key, blob),
		     offsetof(struct km_import_key, blob_len));
		break;
	case KM_IOC_UPGRADE_KEY:
		keep(arg, offsetof(struct km_upgrade_key, new_blob),
		     offsetof(struct km_upgrade_key, new_blob_len));
		break;
	case KM_IOC_GATEKEEPER_VERIFY:
		keep(arg, offsetof(struct km_gatekeeper_verify, token),
		     offsetof(struct km_gatekeeper_verify, token_len));
		break;
	case KM_IOC_MINT_AUTH_TOKEN:
		keep(arg, offsetof(struct km_mint_auth_token, token),
		     offsetof(struct km_mint_auth_token, token_len));
		break;
	case KM_IOC_GATEKEEPER_ENROLL:
		keep(arg, offsetof(struct km_gatekeeper_enroll, new_handle),
		     offsetof(struct km_gatekeeper_enroll, new_handle_len));
		break;
	case KM_IOC_FINISH:
		keep(arg, offsetof(struct km_finish, output),
		     offsetof(struct km_finish, output_len));
		break;
	case KM_IOC_GET_STATE:
		keep(arg, offsetof(struct km_get_state, state),
		     offsetof(struct km_get_state, state_len));
		break;
	}
}

/* What closes something for the rest of the boot comes seldom. */
static bool is_rare(unsigned long number)
{
	switch (number) {
	case KM_IOC_EARLY_BOOT_ENDED:
	case KM_IOC_SET_BOOT_LEVEL:
	case KM_IOC_LOAD_STATE:
	case KM_IOC_ROTATE_ROOT_KEY:
	case KM_IOC_DELETE_ALL_KEYS:
	case KM_IOC_DESTROY_ATTESTATION_IDS:
	case KM_IOC_COMPUTE_SHARED_HMAC:
		return true;
	}
	return false;
}

static void command(struct running *r, uint8_t which, uint8_t how)
{
	const struct command *c = &commands[which % COUNT(commands)];
	uint8_t arg[ARG] = { 0 };
	struct racer racer;
	pthread_t thread;
	bool races = (how & 0x1f) == 0x1f;
	int fd = how & 0x40 ? world.user_dev : world.dev;

	if (c->on != ON_DEVICE)
		fd = r->fds[byte(r) % FDS];
	if (is_rare(c->number) && byte(r) < 0xf0)
		return;
	fill(r, c, arg);
	if (how & 0x80)
		spoil(r, arg, c->size);
	if (how == 0xff)
		spoil(r, arg, c->size);
	racer = (struct racer){ .fd = fd, .number = c->number };
	memcpy(racer.arg, arg, sizeof(arg));
	races = races && !pthread_create(&thread, NULL, race, &racer);
	if (!ioctl(fd, c->number, arg))
		learn(r, c, arg);
	if (races)
		pthread_join(thread, NULL);
}

static long keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	return syscall(SYS_keyctl, op, a, b, c, d);
}

static const char *const texts[] = {
	"new alg=aes size=256 purpose=encrypt,decrypt mode=gcm noauth",
	"new alg=ec curve=p256 purpose=sign digest=sha256 noauth",
	"new alg=ec purpose=agree noauth",
	"new algorithm=hmac size=256 digest=sha256 purpose=sign,verify noauth",
	"new alg=ec curve=25519 purpose=sign noauth format=ocb",
	"new alg=aes size=256 purpose=encrypt auth=password auth-timeout=5",
	"new active=2030-12-31 application-id=hex:00ff",
	"new size=99999999999999999999", "new algorithm=", "new", "load application-id=x\n", "",
};

static void add_key(struct running *r, uint8_t how)
{
	const char *text = texts[how % COUNT(texts)];
	char name[8] = { 'k', (char)('0' + how % 4), 0 };
	uint64_t at = PTR(text);
	uint32_t len = (uint32_t)strlen(text);
	long serial;

	if (how < 0xc0)
		len = a_blob(r, &at, false);
	serial = syscall(SYS_add_key, "keymaster", name, (void *)(uintptr_t)at, (size_t)len,
			 KEY_SPEC_PROCESS_KEYRING);
	if (serial > 0)
		r->serials[r->next_serial++ % SERIALS] = (int32_t)serial;
}

static void public_key(struct running *r, int32_t serial, uint8_t how)
{
	static const char *const infos[] = {
		"enc=pkcs1 hash=sha256", "enc=raw", "enc=x962 hash=sha256", "enc=pss hash=sha1",
		"enc=oaep hash=sha1", "hash=sha256", "enc=pkcs1", "enc=nothing hash=", "",
	};
	const char *info = infos[how % COUNT(infos)];
	struct keyctl_pkey_params params = { .key_id = serial };
	struct keyctl_pkey_query query;
	uint64_t at;

	params.in_len = some_data(r, &at);
	params.out_len = how & 0x40 ? lengths[byte(r) % COUNT(lengths)] : ROOM;
	switch (byte(r) % 5) {
	case 0:
		keyctl(KEYCTL_PKEY_QUERY, serial, 0, PTR(info), PTR(&query));
		break;
	case 1:
		keyctl(KEYCTL_PKEY_SIGN, PTR(&params), PTR(info), at, PTR(world.two));
		break;
	case 2:
		keyctl(KEYCTL_PKEY_DECRYPT, PTR(&params), PTR(info), at, PTR(world.two));
		break;
	case 3:
		keyctl(KEYCTL_PKEY_ENCRYPT, PTR(&params), PTR(info), at, PTR(world.two));
		break;
	default:
		params.in2_len = lengths[byte(r) % 8];
		keyctl(KEYCTL_PKEY_VERIFY, PTR(&params), PTR(info), at, PTR(world.out[0].data));
	}
}

static void key_call(struct running *r, uint8_t how)
{
	int32_t serial = r->serials[byte(r) % SERIALS];
	uint64_t at;
	uint32_t len;

	switch (byte(r) % 10) {
	case 0:
	case 1:
		add_key(r, how);
		break;
	case 2:
		len = an_out(r, &at, 0);
		keyctl(KEYCTL_READ, serial, at, len, 0);
		break;
	case 3:
		keyctl(KEYCTL_DESCRIBE, serial, PTR(world.out[1].data), ROOM, 0);
		break;
	case 4:
		keyctl(KEYCTL_REVOKE, serial, 0, 0, 0);
		break;
	case 5:
		keyctl(KEYCTL_SETPERM, serial, 0x3f3f3f3f & number(r) * 0x01010101u, 0, 0);
		break;
	case 6:
		len = a_blob(r, &at, false);
		keyctl(KEYCTL_UPDATE, serial, at, len, 0);
		break;
	case 7:
		keyctl(KEYCTL_INVALIDATE, serial, 0, 0, 0);
		break;
	case 8:
		keyctl(KEYCTL_SET_TIMEOUT, serial, 1 + how, 0, 0);
		break;
	default:
		public_key(r, serial, how);
	}
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "kmfuzz: %s\n", what);
	abort();
}

/* What else can be done to a file. */
static void file_call(struct running *r)
{
	int *fd = &r->fds[byte(r) % FDS];
	struct pollfd poll_fd = { .fd = *fd, .events = POLLIN | POLLOUT };
	void *p;

	switch (byte(r) % 8) {
	case 0:
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		break;
	case 1:
		take_fd(r, dup(*fd));
		break;
	case 2:
		must(read(*fd, world.two, 64) <= 0, "an operation is not to be read");
		break;
	case 3:
		must(write(*fd, world.large, 64) <= 0, "an operation is not to be written");
		break;
	case 4:
		poll(&poll_fd, 1, 0);
		break;
	case 5:
		p = mmap(NULL, ROOM, PROT_READ, MAP_SHARED, *fd, 0);
		if (p != MAP_FAILED)
			munmap(p, ROOM);
		break;
	case 6:
		ioctl(*fd, (unsigned long)number(r), world.two);
		break;
	default:
		ioctl(world.dev, 0xa500 | byte(r), world.two);
	}
}

static void call(struct running *r)
{
	uint8_t which = byte(r), how = byte(r);

	r->key = byte(r) % n_recipes;
	r->n_sets = 0;
	if (which < 200)
		command(r, which, how);
	else if (which < 240)
		key_call(r, how);
	else
		file_call(r);
}

static void end(void)
{
	/* Also what a thread has got and nobody has noted. */
	close_range((unsigned int)world.user_dev + 1, ~0U, 0);
	keyctl(KEYCTL_CLEAR, (unsigned long)KEY_SPEC_PROCESS_KEYRING, 0, 0, 0);
}

/* The lowest bit of its first record's last byte says whose it is. */
void run_program(const struct program *p)
{
	struct running r = { .fds = { -1, -1, -1, -1, -1, -1 } };
	bool user = p->len >= RECORD && p->bytes[RECORD - 1] % 4 == 1;
	uint32_t at;

	if (user && seteuid(USER))
		abort();
	for (at = 0; at + RECORD <= p->len; at += RECORD) {
		r.record = p->bytes + at;
		r.at = 0;
		call(&r);
	}
	end();
	if (user && seteuid(0))
		abort();
}
