// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of this boot that keys are bound to: versions, root of trust, how far it has come.
 * Beside root.c: dev_admin.c sets it, keys are made and judged by it (operations.md section 5).
 *
 * Everything here goes one way. A value that could be taken back would let whoever
 * may set it lower the patch level, and use the keys that an update has closed.
 */
#include <linux/bits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "version.h"

/* Serialises the setting. Each member is constant once it is given. */
static DEFINE_MUTEX(lock);
static struct km_version system_now;	/* @given: written after the levels, with release */
static u8 root_of_trust[KM_ROOT_OF_TRUST_MAX];
static size_t root_of_trust_len;
static u32 root_of_trust_set;		/* 0 or 1: written last, with release */
static bool early_boot_over;
static u32 boot_level;

/* What keys are bound to as long as nobody has said what the boot chain is. */
static const u8 software[] = { 'S', 'W' };

/* MMmmss: two digits each. */
static bool sound_version(u32 v)
{
	return v <= 999999;
}

/* YYYYMM, or 0 for unknown. */
static bool sound_month(u32 v)
{
	return !v || (v >= 197001 && v <= 999912 && v % 100 >= 1 && v % 100 <= 12);
}

/* YYYYMMDD, or 0 for unknown; day 00 stands in certificates of real devices. */
static bool sound_day(u32 v)
{
	return !v || (v % 100 <= 31 && v / 100 && sound_month(v / 100));
}

static const struct {
	u32 tag;
	bool (*sound)(u32 value);
} levels[KM_LEVELS] = {
	[KM_LEVEL_OS_VERSION] = { KM_TAG_OS_VERSION, sound_version },
	[KM_LEVEL_OS_PATCHLEVEL] = { KM_TAG_OS_PATCHLEVEL, sound_month },
	[KM_LEVEL_VENDOR_PATCHLEVEL] = { KM_TAG_VENDOR_PATCHLEVEL, sound_day },
	[KM_LEVEL_BOOT_PATCHLEVEL] = { KM_TAG_BOOT_PATCHLEVEL, sound_day },
};

/**
 * km_level_tag() - the tag of a level
 * @level: which one
 *
 * Return: KM_TAG_*.
 */
u32 km_level_tag(enum km_level level)
{
	return levels[level].tag;
}

static enum km_error check_request(const struct km_version_request *req)
{
	unsigned int i;

	lockdep_assert_held(&lock);
	for (i = 0; i < KM_LEVELS; i++) {
		if (!(req->flags & BIT(i)))
			continue;
		if (!levels[i].sound(req->level[i]))
			return KM_ERROR_INVALID_ARGUMENT;
		if (system_now.given & BIT(i) && system_now.level[i] != req->level[i])
			return KM_ERROR_INVALID_ARGUMENT;
	}
	if (req->flags & KM_CONFIGURE_ROOT_OF_TRUST && root_of_trust_set &&
	    (req->root_of_trust_len != root_of_trust_len ||
	     memcmp(req->root_of_trust, root_of_trust, root_of_trust_len)))
		return KM_ERROR_ROOT_OF_TRUST_ALREADY_SET;
	return KM_ERROR_OK;
}

static void take_request(const struct km_version_request *req)
{
	u32 given = system_now.given;
	unsigned int i;

	lockdep_assert_held(&lock);
	for (i = 0; i < KM_LEVELS; i++) {
		if (!(req->flags & BIT(i)))
			continue;
		WRITE_ONCE(system_now.level[i], req->level[i]);
		given |= BIT(i);
	}
	/* Pairs with the acquire in km_version_now(): who sees a level given sees it. */
	smp_store_release(&system_now.given, given);
	if (!(req->flags & KM_CONFIGURE_ROOT_OF_TRUST) || root_of_trust_set)
		return;
	memcpy(root_of_trust, req->root_of_trust, req->root_of_trust_len);
	root_of_trust_len = req->root_of_trust_len;
	/* Pairs with the acquire in km_root_of_trust(). */
	smp_store_release(&root_of_trust_set, 1);
}

/**
 * km_version_configure() - say what this system is
 * @req: what is given; all of it is taken, or nothing
 *
 * Return: KM_ERROR_OK also for what was said before; INVALID_ARGUMENT for a value
 * that is none or differs, ROOT_OF_TRUST_ALREADY_SET. Context: may sleep.
 */
enum km_error km_version_configure(const struct km_version_request *req)
{
	enum km_error err;

	mutex_lock(&lock);
	err = check_request(req);
	if (!err)
		take_request(req);
	mutex_unlock(&lock);
	return err;
}

/**
 * km_version_now() - the versions of the system
 * @now: [out] them
 */
void km_version_now(struct km_version *now)
{
	unsigned int i;

	/* Pairs with the release in take_request(). */
	now->given = smp_load_acquire(&system_now.given);
	for (i = 0; i < KM_LEVELS; i++)
		now->level[i] = now->given & BIT(i) ? system_now.level[i] : 0;
}

/**
 * km_version_read() - add what a set says of the versions of a key
 * @version: zeroed before the first set; the first occurrence counts
 * @set: a parsed set
 */
void km_version_read(struct km_version *version, const struct km_params *set)
{
	struct km_param p;
	unsigned int i;
	u32 pos = 0;

	while (km_params_next(set, &pos, &p)) {
		for (i = 0; i < KM_LEVELS; i++) {
			if (p.tag != levels[i].tag || version->given & BIT(i))
				continue;
			version->given |= BIT(i);
			version->level[i] = p.value;
		}
	}
}

/**
 * km_version_check() - may a key of these versions be used on this system?
 * @key: what the key carries
 *
 * At every use, and not when the key is loaded: loaded keys live through a
 * KM_IOC_CONFIGURE. A level that nobody has given is 0, so a key that has it is
 * newer than the system: it fails closed until the system is configured.
 *
 * Return: KM_ERROR_OK; KEY_REQUIRES_UPGRADE when it is older than the system;
 * INVALID_KEY_BLOB when it is newer: somebody has rolled the system back.
 */
enum km_error km_version_check(const struct km_version *key)
{
	unsigned int i;
	u32 now;

	/* OS_VERSION is not compared: the patch level is what an update raises. */
	for (i = KM_LEVEL_OS_PATCHLEVEL; i < KM_LEVELS; i++) {
		if (!(key->given & BIT(i)))
			continue;
		now = READ_ONCE(system_now.level[i]);
		if (key->level[i] < now)
			return KM_ERROR_KEY_REQUIRES_UPGRADE;
		if (key->level[i] > now)
			return KM_ERROR_INVALID_KEY_BLOB;
	}
	return KM_ERROR_OK;
}

/**
 * km_root_of_trust() - what keys are bound to besides the root key
 * @bytes: [out] it; constant until the module goes
 *
 * Return: a number for km_root_of_trust_is().
 */
u32 km_root_of_trust(struct km_piece *bytes)
{
	/* Pairs with the release in take_request(). */
	if (!smp_load_acquire(&root_of_trust_set)) {
		*bytes = (struct km_piece){ software, sizeof(software) };
		return 0;
	}
	*bytes = (struct km_piece){ root_of_trust, root_of_trust_len };
	return 1;
}

/**
 * km_root_of_trust_is() - is the root of trust still the one that a key was opened under?
 * @trust: what km_root_of_trust() returned then
 *
 * Without it, a key that was loaded before would outlive the change.
 *
 * Return: true if so.
 */
bool km_root_of_trust_is(u32 trust)
{
	return trust == READ_ONCE(root_of_trust_set);
}

/**
 * km_early_boot_end() - close the keys that are EARLY_BOOT_ONLY
 *
 * Until the next boot: so the module stays, as unloading it would open them again.
 */
void km_early_boot_end(void)
{
	mutex_lock(&lock);
	if (!early_boot_over)
		__module_get(THIS_MODULE);
	WRITE_ONCE(early_boot_over, true);
	mutex_unlock(&lock);
}

/**
 * km_early_boot_ended() - are they closed?
 *
 * Return: true if so.
 */
bool km_early_boot_ended(void)
{
	return READ_ONCE(early_boot_over);
}

/**
 * km_boot_level_raise() - close the keys whose MAX_BOOT_LEVEL is lower
 * @level: how far the boot has come
 *
 * As above: it takes the next boot to open them again.
 *
 * Return: KM_ERROR_OK; INVALID_ARGUMENT for a level below the present one.
 */
enum km_error km_boot_level_raise(u32 level)
{
	enum km_error err = KM_ERROR_OK;

	mutex_lock(&lock);
	if (level < boot_level)
		err = KM_ERROR_INVALID_ARGUMENT;
	else if (level && !boot_level)
		__module_get(THIS_MODULE);
	if (!err)
		WRITE_ONCE(boot_level, level);
	mutex_unlock(&lock);
	return err;
}

/**
 * km_boot_level() - how far has the boot come?
 *
 * Return: what was said last, 0 at first.
 */
u32 km_boot_level(void)
{
	return READ_ONCE(boot_level);
}
