// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file in which a root key lies that the TPM has sealed.
 * Called by root_tpm.c; builds in userspace too.
 *
 * The digest at its end is there to tell a damaged file from another TPM, and keeps nobody
 * from making a file; what he makes the TPM does not open.
 */
#include "prim.h"
#include "seal_file.h"

/* The letters and the version of the layout. */
static const u8 magic[8] = "KMTPM\0\0\1";

/* Where the members stand; behind HEAD both areas, each behind its length, and the digest. */
#define PCRS	8
#define CHECK	12
#define HEAD	(CHECK + KM_ROOT_CHECK_SIZE)

static void digest(const u8 *data, size_t len, u8 *out)
{
	const struct km_piece piece = { data, len };

	km_sha256(&piece, 1, out);
}

static u8 *write_area(const struct km_tpm_area *a, u8 *to)
{
	put_unaligned_le32(a->len, to);
	memcpy(to + 4, a->data, a->len);
	return to + 4 + a->len;
}

/**
 * km_seal_file_write() - the bytes of a file
 * @f: what is in it
 * @to: [out] KM_SEALED_ROOT_MAX bytes
 *
 * Return: how many are in use.
 */
size_t km_seal_file_write(const struct km_seal_file *f, u8 *to)
{
	size_t len;
	u8 *p;

	memcpy(to, magic, sizeof(magic));
	put_unaligned_le32(f->sealed.pcrs, to + PCRS);
	memcpy(to + CHECK, f->check, sizeof(f->check));
	p = write_area(&f->sealed.private, to + HEAD);
	p = write_area(&f->sealed.public, p);
	len = p - to;
	digest(to, len, p);
	return len + KM_TPM_DIGEST;
}

static bool read_area(struct km_tpm_area *a, struct km_piece *from)
{
	u32 len;

	if (from->len < 4)
		return false;
	len = get_unaligned_le32(from->data);
	from->data += 4;
	from->len -= 4;
	if (len > sizeof(a->data) || len > from->len)
		return false;
	a->len = len;
	memcpy(a->data, from->data, len);
	from->data += len;
	from->len -= len;
	return true;
}

/**
 * km_seal_file_read() - read a file, trusting nothing
 * @f: [out] what is in it
 * @data: bytes of anybody
 * @len: how many
 *
 * Return: whether it is one, and undamaged.
 */
bool km_seal_file_read(struct km_seal_file *f, const u8 *data, size_t len)
{
	struct km_piece left;
	u8 d[KM_TPM_DIGEST];

	if (len < HEAD + KM_TPM_DIGEST || memcmp(data, magic, sizeof(magic)))
		return false;
	len -= KM_TPM_DIGEST;
	digest(data, len, d);
	if (memcmp(d, data + len, sizeof(d)))
		return false;
	f->sealed.pcrs = get_unaligned_le32(data + PCRS);
	memcpy(f->check, data + CHECK, sizeof(f->check));
	left = (struct km_piece){ data + HEAD, len - HEAD };
	return !(f->sealed.pcrs >> KM_TPM_PCRS) && read_area(&f->sealed.private, &left) &&
	       read_area(&f->sealed.public, &left) && !left.len;
}
