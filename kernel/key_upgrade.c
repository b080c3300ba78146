// SPDX-License-Identifier: GPL-2.0-only
/*
 * A key to the versions of the system, and to its root key: opened, its version tags raised,
 * sealed again. Called by dev_admin.c; beside key_make.c (operations.md section 5.3).
 *
 * Material, format and every other authorization stay, LINUX_KEY_ID as well: so what is
 * counted of the key goes on with the new blob, and an upgrade wins no further use. A blob
 * with a slot becomes one with another slot: the old one dies alone.
 */
#include <linux/slab.h>
#include "key.h"
#include "key_wrap.h"

/**
 * struct change - the version tags of a key, before and after
 * @to: what the system has; BIT(level) of @given is cleared when a key's tag is done
 * @changed: something is not as it was
 */
struct change {
	struct km_version to;
	bool changed;
};

static bool find_level(u32 tag, enum km_level *level)
{
	for (*level = 0; *level < KM_LEVELS; (*level)++)
		if (km_level_tag(*level) == tag)
			return true;
	return false;
}

/* The value that a stored tag will have. */
static enum km_error change_level(struct change *c, enum km_level level, u64 *value)
{
	u32 now = c->to.level[level];

	if (!(c->to.given & BIT(level)))
		return KM_ERROR_OK;
	c->to.given &= ~BIT(level);
	if (*value == now)
		return KM_ERROR_OK;
	/* A system may stop saying its version; a patch level never goes back. */
	if (*value > now && (level != KM_LEVEL_OS_VERSION || now))
		return KM_ERROR_INVALID_ARGUMENT;
	*value = now;
	c->changed = true;
	return KM_ERROR_OK;
}

static enum km_error copy_set(struct change *c, struct km_params_buf *to,
			      const struct km_params *from)
{
	enum km_error err = KM_ERROR_OK;
	enum km_level level;
	struct km_param p;
	u32 pos = 0;

	if (km_params_buf_init(to, from->elements_len + 12 * KM_LEVELS, from->indirect_len))
		return KM_ERROR_MEMORY_ALLOCATION_FAILED;
	while (!err && km_params_next(from, &pos, &p)) {
		if (find_level(p.tag, &level))
			err = change_level(c, level, &p.value);
		km_params_add(to, &p);
	}
	return err;
}

static void add_missing(struct change *c, struct km_params_buf *to)
{
	unsigned int i;

	for (i = 0; i < KM_LEVELS; i++) {
		if (!(c->to.given & BIT(i)))
			continue;
		km_params_add_int(to, km_level_tag(i), c->to.level[i]);
		c->changed = true;
	}
}

static enum km_error seal_again(struct km_key_upgrade *up, const struct km_key *key,
				struct km_seal *seal)
{
	struct km_slot_secrets secrets;
	enum km_error err = KM_ERROR_OK;
	struct km_param p;

	seal->format = key->format;
	seal->params = up->open->params;
	seal->shareable = km_params_find(&key->policy.enforced, KM_TAG_LINUX_SHAREABLE, &p);
	seal->owner = up->open->owner;
	seal->material = key->alg.material;
	if (key->slot) {
		seal->slot = &secrets;
		/* If the new blob does not arrive, the next upgrade takes the same slot. */
		err = km_count_make_version(key->usage_id, key->slot, &secrets);
	}
	if (!err)
		err = km_seal(seal);
	memzero_explicit(&secrets, sizeof(secrets));
	if (!err) {
		up->blob = seal->blob;
		up->blob_len = seal->blob_len;
	}
	return err;
}

static enum km_error upgrade(struct km_key_upgrade *up, const struct km_key *key)
{
	struct km_params_buf enforced = {}, unenforced = {};
	struct km_seal seal = { .enforced = &enforced, .unenforced = &unenforced };
	struct change c = {};
	enum km_error err;

	km_version_now(&c.to);
	/* These two every key carries, see append_versions() in key_make.c. */
	c.to.given |= BIT(KM_LEVEL_OS_VERSION) | BIT(KM_LEVEL_OS_PATCHLEVEL);
	/* A key may also carry what nobody has configured: 0 then, so it is newer. */
	c.to.given |= key->version.given;
	err = copy_set(&c, &enforced, &key->policy.enforced);
	if (!err)
		err = copy_set(&c, &unenforced, &key->policy.unenforced);
	if (!err) {
		add_missing(&c, &enforced);
		/* A blob of the root key before is brought under the one of now. */
		if (c.changed || km_root_check_number(key->root))
			err = seal_again(up, key, &seal);
	}
	km_params_buf_free(&unenforced);
	km_params_buf_free(&enforced);
	return err;
}

/**
 * km_key_upgrade() - bring a key to the versions of the system
 * @up: the blob, and the new one if anything changes
 *
 * Return: KM_ERROR_OK; INVALID_KEY_BLOB; INVALID_ARGUMENT for a key that is newer
 * than the system; MEMORY_ALLOCATION_FAILED. Context: may sleep.
 */
enum km_error km_key_upgrade(struct km_key_upgrade *up)
{
	struct km_key *key;
	enum km_error err;

	up->blob = NULL;
	up->blob_len = 0;
	err = km_key_open(up->open, &key);
	if (err)
		return err;
	err = upgrade(up, key);
	km_key_put(key);
	return err;
}
