// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sealed form of the state: a row of bytes that only this root key opens.
 * state.c has it made of what is there, and makes a state of it at the next boot.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "gcm.h"
#include "root.h"
#include "state_form.h"

/*
 * The sealed form: this byte, the nonce, the ciphertext, the tag. What is encrypted begins
 * with the place in the chain: is there one, and which; without one zeros.
 */
#define STATE_VERSION	2
#define HEAD		(1 + KM_GCM_NONCE)
#define SEALED(n)	(HEAD + (n) + KM_GCM_TAG)
#define PLACE		(1 + sizeof(struct km_link))

/**
 * km_state_write() - the bytes of a state, which are not sealed yet
 * @state: [in,out] it, under its lock; see km_users_write()
 * @place: its place in the chain, or NULL
 * @s: [out] the bytes; for km_state_seal()
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int km_state_write(struct km_state *state, const struct km_link *place,
		   struct km_sealed *s)
{
	size_t len = PLACE + km_users_size(&state->users) + km_slots_size(&state->slots) +
		     km_provision_size(&state->provision);
	u8 *p;

	s->len = SEALED(len);
	s->change = state->change;
	s->data = kvmalloc(s->len, GFP_KERNEL_ACCOUNT);
	if (!s->data)
		return -ENOMEM;
	p = s->data + HEAD;
	memset(p, 0, PLACE);
	if (place) {
		p[0] = 1;
		memcpy(p + 1, place, sizeof(*place));
	}
	p = km_slots_write(&state->slots, km_users_write(&state->users, p + PLACE));
	km_provision_write(&state->provision, p);
	return 0;
}

/**
 * km_state_seal() - seal it, in place
 * @s: [in,out] from km_state_write(); gone after a failure
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_state_seal(struct km_sealed *s)
{
	size_t len = s->len - SEALED(0);
	u8 root[KM_DERIVED_SIZE];
	const struct km_piece key = { root, sizeof(root) }, plain = { s->data + HEAD, len };
	int ret = -ENOKEY;

	s->data[0] = STATE_VERSION;
	get_random_bytes(s->data + 1, KM_GCM_NONCE);
	if (km_root_copy(KM_ROOT_NOW, KM_ROOT_KEY_STATE, root))
		ret = km_gcm_seal(&key, s->data + 1, &plain, s->data + HEAD, s->data + HEAD + len);
	memzero_explicit(root, sizeof(root));
	if (ret)
		kvfree_sensitive(s->data, s->len);
	return ret;
}

static int read_state(struct km_opened *o, const u8 *plain, size_t len)
{
	struct km_piece left = { plain + PLACE, len - PLACE };
	int ret;

	if (len < PLACE || plain[0] > 1)
		return -EINVAL;
	o->counted = plain[0];
	memcpy(&o->place, plain + 1, sizeof(o->place));
	ret = km_users_read(&o->state.users, &left, ktime_to_ms(ktime_get_boottime()));
	if (!ret)
		ret = km_slots_read(&o->state.slots, &left);
	if (!ret)
		ret = km_provision_read(&o->state.provision, &left);
	return ret || !left.len ? ret : -EINVAL;
}

/* A rotation may have been cut short before the state was written again. */
static int open_sealed(const u8 *p, const struct km_piece *cipher, u8 *plain)
{
	u8 root[KM_DERIVED_SIZE];
	const struct km_piece key = { root, sizeof(root) };
	enum km_root_turn turn;
	int ret = -EBADMSG;

	for (turn = KM_ROOT_NOW; ret && turn < KM_ROOT_TURNS; turn++)
		if (km_root_copy(turn, KM_ROOT_KEY_STATE, root))
			ret = km_gcm_open(&key, p + 1, cipher,
					  (const u8 *)cipher->data + cipher->len, plain);
	memzero_explicit(root, sizeof(root));
	return ret;
}

/**
 * km_state_unseal() - the state out of its sealed form
 * @sealed: from somebody who may have made it up
 * @o: [out] the state; its users' limit is set. To be freed after a failure as well
 *
 * Return: 0, -EBADMSG if it was not sealed by this root key, or -ENOMEM. Context: may sleep.
 */
int km_state_unseal(const struct km_piece *sealed, struct km_opened *o)
{
	const u8 *p = sealed->data;
	struct km_piece cipher;
	u8 *plain;
	int ret;

	if (sealed->len < SEALED(0) || p[0] != STATE_VERSION)
		return -EBADMSG;
	cipher = (struct km_piece){ p + HEAD, sealed->len - SEALED(0) };
	plain = kvmalloc(cipher.len + 1, GFP_KERNEL_ACCOUNT);
	if (!plain)
		return -ENOMEM;
	ret = open_sealed(p, &cipher, plain);
	if (!ret)
		ret = read_state(o, plain, cipher.len);
	kvfree_sensitive(plain, cipher.len + 1);
	/* Sealed here and senseless: as good as not sealed here. */
	return ret == -EINVAL ? -EBADMSG : ret;
}
