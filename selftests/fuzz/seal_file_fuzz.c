// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the file of a sealed root key (kernel/seal_file.c).
 *
 * As it is, and with the digest made to fit, which anybody can do: then what is read is written
 * as the same bytes.
 */
#include "fuzz.h"
#include "harness.h"
#include "prim.h"
#include "seal_file.h"

static void check(const u8 *data, size_t len)
{
	struct km_seal_file f = {};
	u8 out[KM_SEALED_ROOT_MAX];

	if (!km_seal_file_read(&f, data, len))
		return;
	MUST(f.sealed.private.len <= KM_TPM_AREA_MAX && f.sealed.public.len <= KM_TPM_AREA_MAX);
	MUST(!(f.sealed.pcrs >> KM_TPM_PCRS));
	MUST(km_seal_file_write(&f, out) == len && !memcmp(out, data, len));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct km_seal_file f;
	struct km_piece body;
	u8 *fit;

	check(data, len);
	if (len < KM_TPM_DIGEST)
		return 0;
	fit = exact(data, len);
	body = (struct km_piece){ fit, len - KM_TPM_DIGEST };
	km_sha256(&body, 1, fit + body.len);
	check(fit, len);
	fit[len - 1] ^= 1;
	MUST(!km_seal_file_read(&f, fit, len));
	free(fit);
	return 0;
}
