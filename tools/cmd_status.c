// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmctl status: is the module there, has it a root key, what does it offer, and is the
 * user enrolled. Needs no privilege and no key.
 */
#include <string.h>

#include <json-c/json.h>

#include "kmctl.h"

static const struct opt options[] = {
	OPT_TEXT_OF("user", user, "NAME", "another user than you; for root"),
	OPT_JSON, OPT_DEVICE, OPT_END
};

/**
 * struct status - what is told
 * @info: of the module
 * @person: the user
 * @user: what the gatekeeper knows of him; SID 0: he is not enrolled
 * @asked: there is a gatekeeper that has answered
 */
struct status {
	struct km_info info;
	struct person person;
	struct km_user user;
	bool asked;
};

static const struct { uint64_t bit; const char *name; } features[] = {
	{ KM_FEATURE_AES, "aes" },
	{ KM_FEATURE_HMAC, "hmac" },
	{ KM_FEATURE_EC_P256, "ec-p256" },
	{ KM_FEATURE_KEY_TYPE, "key-type" },
	{ KM_FEATURE_RSA, "rsa" },
	{ KM_FEATURE_EC_NIST, "ec-nist" },
	{ KM_FEATURE_CURVE_25519, "curve-25519" },
	{ KM_FEATURE_TRIPLE_DES, "3des" },
	{ KM_FEATURE_GATEKEEPER, "gatekeeper" },
	{ KM_FEATURE_ATTESTATION, "attestation" },
};

#define N_FEATURES	(sizeof(features) / sizeof(features[0]))

/**
 * struct root_kind - a source of root keys
 * @name: for programs
 * @against: against whom it protects the keys
 * @but_not: and against whom not
 */
struct root_kind {
	const char *name;
	const char *against;
	const char *but_not;
};

static const struct root_kind *root_kind(uint32_t source)
{
	static const struct root_kind kinds[] = {
		[KM_ROOT_NONE] = { "none", NULL, NULL },
		[KM_ROOT_BYTES] = { "file", "every user but root",
			"root, and whoever has the disk or a backup of it" },
		[KM_ROOT_KEYRING] = { "keyring", "every user but root",
			"root, and whoever can have the same kernel key" },
		[KM_ROOT_EPHEMERAL] = { "ephemeral", "all who come after this boot",
			"root until then" },
		[KM_ROOT_TPM] = { "tpm",
			"every user but root, and whoever has the disk without this machine",
			"root, and (but for PCRs) whoever starts another system on it" },
	};
	static const struct root_kind unknown = { "unknown", NULL, NULL };

	return source < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[source] : &unknown;
}

static unsigned int seconds_of(uint32_t ms)
{
	return ms / 1000 + (ms % 1000 != 0);
}

/**
 * struct state_kind - what becomes of passwords and counts
 * @name: for programs
 * @text: for people
 */
struct state_kind {
	const char *name;
	const char *text;
};

static const struct state_kind *state_kind(uint32_t state)
{
	static const struct state_kind kinds[] = {
		[KM_STATE_VOLATILE] = { "volatile",
			"volatile: passwords and counts end with the boot" },
		[KM_STATE_KEPT] = { "kept", "kept over boots" },
		[KM_STATE_COUNTED] = { "counted",
			"kept over boots; a counter in the TPM refuses an old one" },
	};
	static const struct state_kind unknown = { "unknown", "unknown to this program" };

	return state < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[state] : &unknown;
}

static void print_user(const struct status *s)
{
	printf("state       %s\n", state_kind(s->info.state)->text);
	printf("boot level  %u\n", s->info.boot_level);
	if (!s->user.sid) {
		printf("user        %s is not enrolled (kmctl enroll)\n", s->person.name);
		return;
	}
	printf("user        %s is enrolled, secure user id %llu\n", s->person.name,
	       (unsigned long long)s->user.sid);
	if (s->user.failures)
		printf("attempts    %u failed since the last good one\n", s->user.failures);
	if (s->user.timeout_ms)
		printf("wait        %u seconds until the next attempt\n",
		       seconds_of(s->user.timeout_ms));
}

/* Is there a root key before the present one, from which keys may still come? */
static bool has_before(const struct km_info *info)
{
	static const uint8_t none[KM_ROOT_CHECK_SIZE];

	return memcmp(info->root_check_before, none, sizeof(none));
}

static void print_text(const struct status *s)
{
	const struct root_kind *kind = root_kind(s->info.root_source);
	const struct km_info *info = &s->info;
	char check[2 * KM_ROOT_CHECK_SIZE + 1];
	size_t i;

	hex(info->root_check, sizeof(info->root_check), check);
	printf("module      loaded, ABI level %u\nfeatures   ", info->abi_level);
	for (i = 0; i < N_FEATURES; i++)
		if (info->features & features[i].bit)
			printf(" %s", features[i].name);
	if (info->root_source == KM_ROOT_NONE)
		printf("\nroot key    none: run kmctl init, as root\n");
	else
		printf("\nroot key    %s, check value %s\n", kind->name, check);
	if (kind->against)
		printf("protected   from %s;\n            not from %s\n", kind->against,
		       kind->but_not);
	if (has_before(info))
		printf("rotation    the root key before is kept (kmctl root forget)\n");
	printf("operations  %u of %u\n", info->operations, info->operations_max);
	printf("limits      input %u, authorizations %u, blob %u bytes\n", info->input_max,
	       info->params_max, info->blob_max);
	if (s->asked)
		print_user(s);
}

static struct json_object *user_to_json(const struct status *s)
{
	struct json_object *user = json_object_new_object();

	json_object_object_add(user, "name", json_object_new_string(s->person.name));
	json_object_object_add(user, "uid", json_object_new_uint64(s->person.uid));
	json_object_object_add(user, "enrolled", json_object_new_boolean(s->user.sid != 0));
	if (!s->user.sid)
		return user;
	json_object_object_add(user, "user-secure-id", json_object_new_uint64(s->user.sid));
	json_object_object_add(user, "failures", json_object_new_uint64(s->user.failures));
	json_object_object_add(user, "wait-seconds",
			       json_object_new_uint64(seconds_of(s->user.timeout_ms)));
	return user;
}

static void add_root(struct json_object *root, const struct km_info *info)
{
	const struct root_kind *kind = root_kind(info->root_source);
	char check[2 * KM_ROOT_CHECK_SIZE + 1];

	json_object_object_add(root, "source", json_object_new_string(kind->name));
	if (info->root_source == KM_ROOT_NONE)
		return;
	hex(info->root_check, sizeof(info->root_check), check);
	json_object_object_add(root, "check", json_object_new_string(check));
	json_object_object_add(root, "rotating", json_object_new_boolean(has_before(info)));
	if (!kind->against)
		return;
	json_object_object_add(root, "protects-from", json_object_new_string(kind->against));
	json_object_object_add(root, "but-not-from", json_object_new_string(kind->but_not));
}

static void print_as_json(const struct status *s)
{
	const struct km_info *info = &s->info;
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	struct json_object *root = json_object_new_object();
	struct json_object *limits = json_object_new_object();
	const char *state = state_kind(info->state)->name;
	size_t i;

	for (i = 0; i < N_FEATURES; i++)
		if (info->features & features[i].bit)
			json_object_array_add(list, json_object_new_string(features[i].name));
	json_object_object_add(o, "abi-level", json_object_new_uint64(info->abi_level));
	json_object_object_add(o, "features", list);
	json_object_object_add(o, "errata", json_object_new_uint64(info->errata));
	add_root(root, info);
	json_object_object_add(o, "root-key", root);
	json_object_object_add(o, "operations", json_object_new_uint64(info->operations));
	json_object_object_add(limits, "operations",
			       json_object_new_uint64(info->operations_max));
	json_object_object_add(limits, "input", json_object_new_uint64(info->input_max));
	json_object_object_add(limits, "params", json_object_new_uint64(info->params_max));
	json_object_object_add(limits, "blob", json_object_new_uint64(info->blob_max));
	json_object_object_add(o, "limits", limits);
	json_object_object_add(o, "state", json_object_new_string(state));
	json_object_object_add(o, "boot-level", json_object_new_uint64(info->boot_level));
	if (s->asked)
		json_object_object_add(o, "user", user_to_json(s));
	print_json(o);
}

static int run(struct opts *o)
{
	struct key none = { 0 };
	struct attempt attempt = { .key = &none, .verb = "status", .purpose = -1 };
	struct status s = { .asked = false };
	int ret;

	ret = person_find(o->user, &s.person);
	if (!ret)
		ret = open_device(o, &none.ctx);
	if (ret)
		return ret;
	ret = km_get_info(none.ctx, &s.info);
	if (ret) {
		ret = explain(&attempt, ret);
	} else if (s.info.features & KM_FEATURE_GATEKEEPER &&
		   s.info.root_source != KM_ROOT_NONE) {
		ret = auth_look_up(none.ctx, &s.person, &s.user);
		s.asked = !ret;
	}
	if (!ret && o->json)
		print_as_json(&s);
	else if (!ret)
		print_text(&s);
	km_close(none.ctx);
	return ret;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "Tell whether the module is ready and what it offers",
	.options = options,
	.details =
"Succeeds when the module is loaded, with or without a root key.\n",
	.run = run,
};
