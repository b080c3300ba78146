// SPDX-License-Identifier: GPL-2.0-only
/*
 * The peer "keymaster": /dev/keymaster by its ioctls, no library in between.
 * Called by main.c; the key is named by its serial number unless the row says otherwise.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "ours.h"

static int ours_error(const char *what, int err, int32_t code)
{
	fprintf(stderr, "bench: keymaster: %s: %s (Keymaster code %d)\n", what, strerror(err),
		code);
	/* To main.c -ENOENT would mean "no such work". */
	return err == ENOENT ? -ENODEV : -err;
}

static int call(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

/* The call is kept as it was made: only what the kernel overwrites is set again. */
int ours_operate(void *arg)
{
	struct ours *o = arg;

	o->call.out_params_len = sizeof(o->out_params);
	o->call.output_len = sizeof(o->out);
	return call(o->fd, KM_IOC_OPERATE, &o->call);
}

static int stream_once(void *arg)
{
	struct ours *o = arg;
	struct km_begin begin = {
		.size = sizeof(begin),
		.purpose = KM_PURPOSE_ENCRYPT,
		.serial = o->serial,
		.params = ABI_PTR(o->use.wire),
		.params_len = o->use.len,
		.out_params = ABI_PTR(o->out_params),
		.out_params_len = sizeof(o->out_params),
	};
	struct km_update update = {
		.size = sizeof(update),
		.input = ABI_PTR(o->in),
		.input_len = (uint32_t)o->size,
		.output = ABI_PTR(o->out),
		.output_len = sizeof(o->out),
	};
	struct km_finish finish = { .size = sizeof(finish) };
	int ret = call(o->fd, KM_IOC_BEGIN, &begin);

	if (ret)
		return ret;
	ret = call(begin.fd, KM_IOC_UPDATE, &update);
	finish.output = ABI_PTR(o->out + update.output_len);
	finish.output_len = (uint32_t)(sizeof(o->out) - update.output_len);
	if (!ret)
		ret = call(begin.fd, KM_IOC_FINISH, &finish);
	if (!ret && update.output_len + finish.output_len != o->size + BENCH_TAG_SIZE)
		ret = -EIO;
	close(begin.fd);
	return ret;
}

static int keygen_once(void *arg)
{
	struct ours *o = arg;

	o->blob_len = sizeof(o->blob);
	return -abi_generate(o->fd, &o->describe, o->blob, &o->blob_len, NULL);
}

static int open_once(void *arg)
{
	struct ours *o = arg;
	struct km_get_characteristics get = {
		.size = sizeof(get),
		.blob = ABI_PTR(o->blob),
		.blob_len = o->blob_len,
		.enforced = ABI_PTR(o->out),
		.enforced_len = 1024,
		.unenforced = ABI_PTR(o->out + 1024),
		.unenforced_len = 1024,
	};

	return call(o->fd, KM_IOC_GET_KEY_CHARACTERISTICS, &get);
}

static int info_once(void *arg)
{
	struct ours *o = arg;
	struct km_info info;

	return -abi_info(o->fd, &info);
}

static int import_key(struct ours *o)
{
	struct km_import_key import = {
		.size = sizeof(import),
		.params = ABI_PTR(o->describe.wire),
		.params_len = o->describe.len,
		.data = ABI_PTR(bench_key),
		.data_len = BENCH_KEY_SIZE,
		.blob = ABI_PTR(o->blob),
		.blob_len = sizeof(o->blob),
		.key_format = KM_KEY_FORMAT_RAW,
	};

	if (call(o->fd, KM_IOC_IMPORT_KEY, &import))
		return ours_error("import", errno, import.error);
	o->blob_len = import.blob_len;
	return 0;
}

static int generate_key(struct ours *o)
{
	int32_t code;
	int err;

	o->blob_len = sizeof(o->blob);
	err = abi_generate(o->fd, &o->describe, o->blob, &o->blob_len, &code);
	return err ? ours_error("generate", err, code) : 0;
}

/* Possessed by this process and gone with it. */
static int load_key(struct ours *o)
{
	long serial = syscall(SYS_add_key, "keymaster", "bench", o->blob, (size_t)o->blob_len,
			      KEY_SPEC_PROCESS_KEYRING);

	if (serial < 0)
		return ours_error("add_key", errno, 0);
	o->serial = (int32_t)serial;
	return 0;
}

/* As its peers, who know nothing else, it is given the nonce, but for these. */
static bool draws_nonce(enum bench_kind kind)
{
	return kind == GCM_ENC_DRAWN || kind == GCM_STREAM;
}

/* The other keys that sign: what describes them, and the feature that they need. */
static const struct signer {
	uint64_t feature;
	uint32_t algorithm;
	uint32_t curve;		/* RSA: none */
	uint32_t digest;
} signers[] = {
	[P384_SIGN] = { KM_FEATURE_EC_NIST, KM_ALGORITHM_EC, KM_EC_CURVE_P_384,
			KM_DIGEST_SHA_2_384 },
	[P521_SIGN] = { KM_FEATURE_EC_NIST, KM_ALGORITHM_EC, KM_EC_CURVE_P_521,
			KM_DIGEST_SHA_2_512 },
	[ED25519_SIGN] = { KM_FEATURE_CURVE_25519, KM_ALGORITHM_EC, KM_EC_CURVE_CURVE_25519,
			   KM_DIGEST_NONE },
	[RSA_SIGN] = { KM_FEATURE_RSA, KM_ALGORITHM_RSA, 0, KM_DIGEST_SHA_2_256 },
};

static void describe_signer(struct abi_set *s, const struct signer *signer)
{
	abi_set_start(s);
	abi_set_u32(s, KM_TAG_ALGORITHM, signer->algorithm);
	if (signer->algorithm == KM_ALGORITHM_RSA) {
		abi_set_u32(s, KM_TAG_KEY_SIZE, 2048);
		abi_set_add(s, KM_TAG_RSA_PUBLIC_EXPONENT, 65537, 8);
		abi_set_u32(s, KM_TAG_PADDING, KM_PAD_RSA_PKCS1_1_5_SIGN);
	} else {
		abi_set_u32(s, KM_TAG_EC_CURVE, signer->curve);
	}
	abi_set_u32(s, KM_TAG_PURPOSE, KM_PURPOSE_SIGN);
	abi_set_u32(s, KM_TAG_DIGEST, signer->digest);
	abi_set_bool(s, KM_TAG_NO_AUTH_REQUIRED);
	abi_set_end(s);
}

/* -ENOENT, an empty cell: this module says that it has no such algorithm. */
static int make_signer(struct ours *o, const struct signer *signer)
{
	struct km_info info;
	int err = abi_info(o->fd, &info);

	if (err)
		return ours_error("info", err, info.error);
	if (!(info.features & signer->feature))
		return -ENOENT;
	describe_signer(&o->describe, signer);
	abi_set_start(&o->use);
	abi_set_u32(&o->use, KM_TAG_DIGEST, signer->digest);
	if (signer->algorithm == KM_ALGORITHM_RSA)
		abi_set_u32(&o->use, KM_TAG_PADDING, KM_PAD_RSA_PKCS1_1_5_SIGN);
	abi_set_end(&o->use);
	o->call.purpose = KM_PURPOSE_SIGN;
	return generate_key(o);
}

static int make_key(struct ours *o, enum bench_kind kind)
{
	static const uint8_t nonce[BENCH_IV_SIZE] = "once a time";
	int ret;

	switch (kind) {
	case EMPTY_CALL:
		return 0;
	case ECDSA_SIGN:
	case ECDSA_VERIFY:
	case ECDSA_SIGN_BLOB:
	case EC_KEYGEN:
	case OPEN_EC:
		abi_describe_ec(&o->describe);
		abi_use_ec(&o->use);
		o->call.purpose = KM_PURPOSE_SIGN;
		ret = generate_key(o);
		break;
	case P384_SIGN:
	case P521_SIGN:
	case ED25519_SIGN:
	case RSA_SIGN:
		ret = make_signer(o, &signers[kind]);
		break;
	case HMAC_SIGN:
		abi_describe_hmac(&o->describe);
		abi_use_hmac(&o->use, KM_PURPOSE_SIGN);
		o->call.purpose = KM_PURPOSE_SIGN;
		ret = import_key(o);
		break;
	default:
		abi_describe_gcm(&o->describe);
		abi_use_gcm(&o->use, draws_nonce(kind) ? NULL : nonce);
		o->call.purpose = KM_PURPOSE_ENCRYPT;
		ret = import_key(o);
	}
	return ret ? ret : load_key(o);
}

static void make_call(struct ours *o)
{
	o->call.size = sizeof(o->call);
	o->call.params = ABI_PTR(o->use.wire);
	o->call.params_len = o->use.len;
	o->call.out_params = ABI_PTR(o->out_params);
	o->call.input = ABI_PTR(o->in);
	o->call.input_len = (uint32_t)o->size;
	o->call.output = ABI_PTR(o->out);
	if (o->by_blob) {
		o->call.blob = ABI_PTR(o->blob);
		o->call.blob_len = o->blob_len;
	} else {
		o->call.serial = o->serial;
	}
}

static int export_key(struct ours *o, uint32_t *len)
{
	struct km_export_key export = {
		.size = sizeof(export),
		.key_format = KM_KEY_FORMAT_X509,
		.serial = o->serial,
		.data = ABI_PTR(o->spki),
		.data_len = sizeof(o->spki),
	};

	if (call(o->fd, KM_IOC_EXPORT_KEY, &export))
		return ours_error("export", errno, export.error);
	*len = export.data_len;
	return 0;
}

/* The sealed message becomes the input, its nonce a parameter. */
static void turn_to_decrypt(struct ours *o)
{
	memcpy(o->in, o->out, o->size + BENCH_TAG_SIZE);
	abi_use_gcm(&o->use, o->out_params + OURS_NONCE_AT);
	o->call.purpose = KM_PURPOSE_DECRYPT;
	o->call.params_len = o->use.len;
	o->call.input_len = (uint32_t)o->size + BENCH_TAG_SIZE;
}

static void turn_to_verify(struct ours *o)
{
	memcpy(o->sig, o->out, o->call.output_len);
	o->call.signature_len = o->call.output_len;
	o->call.signature = ABI_PTR(o->sig);
	o->call.purpose = KM_PURPOSE_VERIFY;
}

static int prove_signature(struct ours *o, enum bench_kind kind)
{
	struct bench_signed made = {
		.kind = kind, .spki = o->spki, .sig = o->out, .sig_len = o->call.output_len,
	};
	uint32_t len = 0;
	int ret = export_key(o, &len);

	made.spki_len = len;
	return ret ? ret : judge_signature(&made);
}

/* Do it once and have OpenSSL say whether the result is right. */
static int prove(struct ours *o, enum bench_kind kind)
{
	struct bench_sealed sealed = {
		.iv = o->out_params + OURS_NONCE_AT, .data = o->out, .size = o->size,
	};
	int ret;

	ret = kind == GCM_STREAM ? stream_once(o) : ours_operate(o);
	if (ret)
		return ours_error("operation", -ret, o->call.error);
	switch (kind) {
	case HMAC_SIGN:
		return judge_hmac(o->out, o->size);
	case ECDSA_SIGN:
	case ECDSA_VERIFY:
	case ECDSA_SIGN_BLOB:
	case P384_SIGN:
	case P521_SIGN:
	case ED25519_SIGN:
	case RSA_SIGN:
		return prove_signature(o, kind);
	default:
		return judge_gcm(&sealed);
	}
}

void ours_close(void *arg)
{
	struct ours *o = arg;

	if (o->serial)
		syscall(SYS_keyctl, KEYCTL_UNLINK, o->serial, KEY_SPEC_PROCESS_KEYRING);
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

static int prepare(struct ours *o, const struct bench_work *work)
{
	int ret = abi_ready();

	if (ret)
		return ours_error("root key", ret, 0);
	o->fd = abi_open();
	if (o->fd < 0)
		return ours_error("open", errno, 0);
	ret = make_key(o, work->kind);
	if (ret)
		return ret;
	make_call(o);
	if (work->kind >= EC_KEYGEN)
		return 0;
	ret = prove(o, work->kind);
	if (!ret && work->kind == GCM_DEC)
		turn_to_decrypt(o);
	if (!ret && work->kind == ECDSA_VERIFY)
		turn_to_verify(o);
	return ret;
}

/**
 * ours_open() - a key of the kind that @work needs, loaded and proved to work
 *
 * Return: 0 or a negative errno.
 */
int ours_open(struct ours **ours, const struct bench_work *work)
{
	struct ours *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return -ENOMEM;
	o->fd = -1;
	o->size = work->size;
	o->by_blob = work->kind == GCM_ENC_BLOB || work->kind == ECDSA_SIGN_BLOB;
	ret = prepare(o, work);
	if (ret) {
		ours_close(o);
		return ret;
	}
	*ours = o;
	return 0;
}

int ours_setup(const struct bench_work *work, struct bench_op *op)
{
	struct ours *o;
	int ret = ours_open(&o, work);

	if (ret)
		return ret;
	*op = (struct bench_op){ .once = ours_operate, .close = ours_close, .arg = o };
	switch (work->kind) {
	case GCM_STREAM:
		op->once = stream_once;
		break;
	case EC_KEYGEN:
		op->once = keygen_once;
		break;
	case OPEN_AES:
	case OPEN_EC:
		op->once = open_once;
		break;
	case EMPTY_CALL:
		op->once = info_once;
		break;
	default:
		break;
	}
	return 0;
}
