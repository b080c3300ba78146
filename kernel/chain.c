// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sealed state is the last: each is a link of a chain, and the TPM has its end.
 * Called by state.c, for one state at a time; on tpm_counter.c.
 *
 * A file can be put back, so the file alone cannot say whether it is the newest. Here each
 * state names the value of the TPM's counter before it and a random step, which is known
 * to nobody, as the state is sealed. First the state is written to the file, then the step
 * is made, then what is in the state takes effect. So the counter stands:
 *
 *  - behind the step of a state: it is the last. All that took effect is in it.
 *  - before the step: it was written and the step not made any more. The state before it
 *    was the last then; nothing that is new in this one has taken effect, and nothing has
 *    in any other that was sealed at that place. To go on with it makes its step, and with
 *    that the others lead nowhere.
 *  - anywhere else: it is an old one. A value does not come back, see tpm_counter.c.
 *
 * A number instead of a digest would not do. After a crash two states could have the same
 * one, of which the one that was not gone on with could be put back later.
 *
 * A chain begins with a random step, that its first value is one that never was.
 */
#include <linux/errno.h>
#include <linux/random.h>
#include <linux/string.h>
#include "chain.h"
#include "tpm_counter.h"

/* Where the counter stood when we looked last, and the state whose step was tried last. */
static u8 now[KM_LINK_SIZE];
static struct km_link tried;

static bool is_behind(const u8 *value, const struct km_link *l)
{
	u8 behind[KM_LINK_SIZE];

	km_tpm_counter_after(l->before, l->step, behind);
	return !memcmp(value, behind, sizeof(behind));
}

/**
 * km_chain_begin() - begin a chain
 *
 * Return: 0 or a negative errno, see km_tpm_counter_make(). Context: may sleep.
 */
int km_chain_begin(void)
{
	u8 step[KM_LINK_SIZE];
	int ret;

	ret = km_tpm_counter_make();
	if (ret)
		return ret;
	get_random_bytes(step, sizeof(step));
	ret = km_tpm_counter_step(step, now);
	memzero_explicit(step, sizeof(step));
	return ret;
}

/**
 * km_chain_check_none() - is there no chain yet?
 *
 * Return: 0; -ESTALE if there is; or another negative errno. Context: may sleep.
 */
int km_chain_check_none(void)
{
	int ret = km_tpm_counter_read(now);

	if (ret == -ENOENT)
		return 0;
	return ret ? ret : -ESTALE;
}

/**
 * km_chain_resume() - go on with a state, if it is the last
 * @l: what it says
 *
 * Return: 0; -ESTALE if it is not the last that this TPM knows; or another negative errno.
 * Context: may sleep.
 */
int km_chain_resume(const struct km_link *l)
{
	int ret = km_tpm_counter_read(now);

	if (ret)
		return ret == -ENOENT ? -ESTALE : ret;
	if (is_behind(now, l))
		return 0;
	if (memcmp(now, l->before, sizeof(now)))
		return -ESTALE;
	return km_chain_take(l) ? 0 : -EIO;
}

/**
 * km_chain_next() - the place of the next state
 * @l: [out] what it has to say
 *
 * It fails when the counter is not where we left it. Then no state that is written now
 * would be accepted later, so the file must stay as it is.
 *
 * Return: 0 or a negative errno. Context: may sleep.
 */
int km_chain_next(struct km_link *l)
{
	u8 value[KM_LINK_SIZE];
	int ret = km_tpm_counter_read(value);

	if (ret)
		return ret;
	/* The step that was tried last may have been made, and only the answer was lost. */
	if (memcmp(value, now, sizeof(value)) &&
	    (memcmp(now, tried.before, sizeof(now)) || !is_behind(value, &tried)))
		return -ESTALE;
	memcpy(now, value, sizeof(now));
	memcpy(l->before, value, sizeof(l->before));
	get_random_bytes(l->step, sizeof(l->step));
	return 0;
}

/**
 * km_chain_take() - make a state the last
 * @l: what it says; it is in the file
 *
 * Return: whether it is the last now. Context: may sleep.
 */
bool km_chain_take(const struct km_link *l)
{
	u8 value[KM_LINK_SIZE];

	tried = *l;
	if (km_tpm_counter_step(l->step, value) || !is_behind(value, l))
		return false;
	memcpy(now, value, sizeof(now));
	return true;
}
