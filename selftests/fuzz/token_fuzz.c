// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: authentication tokens and password handles (kernel/token_wire.c, token_table.c,
 * password.c).
 *
 * What is signed here is read as what it is, and with a change anywhere it is none. The table
 * is driven by the input and held against a plain list of what went in.
 */
#include "fuzz.h"
#include "harness.h"
#include "password.h"
#include "token_table.h"

static const u8 key[KM_TOKEN_KEY_SIZE] = { 1, 2, 3 };

static void wire(const u8 *data, size_t len)
{
	struct km_token t, back;
	struct input in = { data, len };
	size_t at = input_number(&in, 1);
	u8 change = input_number(&in, 1), out[KM_AUTH_TOKEN_SIZE];

	/* Nobody else signs. */
	MUST(!km_token_parse(key, data, len, &t));
	t.challenge = input_number(&in, 8);
	t.user_id = input_number(&in, 8);
	t.authenticator_id = input_number(&in, 8);
	t.type = input_number(&in, 4);
	t.timestamp_ms = input_number(&in, 8);
	km_token_write(key, &t, out);
	MUST(km_token_parse(key, out, sizeof(out), &back));
	MUST(t.challenge == back.challenge && t.user_id == back.user_id && t.type == back.type &&
	     t.authenticator_id == back.authenticator_id && t.timestamp_ms == back.timestamp_ms);
	MUST(!km_token_parse(key, out, at % sizeof(out), &back));
	out[at % sizeof(out)] ^= change;
	MUST(km_token_parse(key, out, sizeof(out), &back) == !change);
}

static void handle(const u8 *data, size_t len)
{
	const struct km_piece all = { data, len };
	struct km_piece password, piece;
	u8 out[KM_PASSWORD_HANDLE_SIZE], own[KM_SHA256_SIZE];
	struct km_handle h;
	size_t i;

	if (!km_handle_parse(&h, &all)) {
		MUST(len != KM_PASSWORD_HANDLE_SIZE || data[0] > KM_HANDLE_VERSION);
		return;
	}
	km_handle_pack(&h, out);
	MUST(!memcmp(out, data, len));
	password = (struct km_piece){ data + 57, 1 };
	km_password_key(key, 1000, own);
	MUST(!km_handle_verify(&h, own, &password));
	km_handle_sign(&h, own, &password);
	MUST(km_handle_verify(&h, own, &password));
	km_handle_pack(&h, out);
	/* All but the last byte, which is not signed. */
	for (i = 0; i < sizeof(out) - 1; i++) {
		out[i] ^= 1 << i % 8;
		piece = (struct km_piece){ out, sizeof(out) };
		MUST(!km_handle_parse(&h, &piece) || !km_handle_verify(&h, own, &password));
		out[i] ^= 1 << i % 8;
	}
	MUST(km_handle_parse(&h, &piece));
	km_password_key(key, 1001, own);
	MUST(!km_handle_verify(&h, own, &password));
}

/* A set with the SID that is wanted, as wide as a byte, so that some match. */
static void want_sid(u8 *set, u8 sid)
{
	struct km_params_buf b;

	if (km_params_buf_init(&b, 12, 0))
		abort();
	km_params_add_int(&b, KM_TAG_USER_SECURE_ID, sid);
	km_params_write(&b, set);
	km_params_buf_free(&b);
}

static struct km_token a_token(struct input *in, u64 now)
{
	return (struct km_token){
		.challenge = input_number(in, 1) % 4, .user_id = input_number(in, 1) % 4,
		.authenticator_id = input_number(in, 1) % 4,
		.type = 1 + input_number(in, 1) % 3, .timestamp_ms = now,
	};
}

static void find(struct km_token_table *table, struct input *in, u64 now)
{
	u8 set[KM_PARAMS_HEADER + 12];
	struct km_params view;
	struct km_token_want want = {
		.sets = { &view, &view }, .types = input_number(in, 1) % 4,
		.timed = input_number(in, 1) % 2, .timeout_s = 1, .handle = input_number(in, 1) % 4,
	};
	struct km_token t;
	u8 sid = input_number(in, 1) % 4;

	want_sid(set, sid);
	MUST(!km_params_parse(&view, set, sizeof(set), NULL));
	if (km_token_table_find(table, &want, now, &t) != KM_TOKEN_FOUND)
		return;
	MUST(km_token_fits(&t, &want));
	MUST(t.user_id == sid || t.authenticator_id == sid);
	if (!want.timed)
		MUST(t.challenge == want.handle);
}

static void table(const u8 *data, size_t len)
{
	struct input in = { data, len };
	struct km_token_table *tab = calloc(1, sizeof(*tab));
	struct km_lock_view view;
	struct km_lock lock = {};
	u64 now = 1000, handle_of;
	struct km_token t;
	u32 i;

	tab->max = 1 + input_number(&in, 1) % KM_TOKEN_MAX;
	while (in.left) {
		now += input_number(&in, 1);
		switch (input_number(&in, 1) % 4) {
		case 0:
			t = a_token(&in, now);
			km_token_table_add(tab, &t, now);
			break;
		case 1:
			find(tab, &in, now);
			break;
		case 2:
			handle_of = 1 + input_number(&in, 1) % 3;
			km_token_table_complete(tab, handle_of);
			for (i = 0; i < tab->n; i++)
				MUST(tab->entries[i].completed ||
				     tab->entries[i].token.challenge != handle_of);
			break;
		default:
			km_lock_set(&lock, now, input_number(&in, 1) & 1);
			km_lock_look(&lock, &lock, tab, input_number(&in, 1) % 4, &view);
			MUST(view.at_ms >= lock.at_ms);
		}
		MUST(tab->n <= tab->max);
	}
	free(tab);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	wire(data, len);
	handle(data, len);
	table(data, len);
	return 0;
}
