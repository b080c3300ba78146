/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Android's key blobs and keystore files, read in userspace: what the android_*.c share.
 * cmd_android*.c -> android_open.c, android_show.c, android_migrate.c, android_dir.c ->
 * android_blob.c, android_file.c, android_alias.c -> android_crypto.c -> libcrypto.
 */
#ifndef KMCTL_ANDROID_H
#define KMCTL_ANDROID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <keymaster.h>

/* ---- android_crypto.c ---- */

#define ANDROID_NONCE		12
#define ANDROID_TAG		16
#define ANDROID_BLOCK		16
#define ANDROID_MD5		16
#define ANDROID_SHA256		32
/* Most pieces that one message is made of. */
#define ANDROID_PIECES		12

enum android_aead { ANDROID_AEAD_OCB, ANDROID_AEAD_GCM };

/**
 * struct android_sealed - a message under OCB or GCM
 * @aead: which
 * @key: 16 or 32 bytes
 * @nonce: ANDROID_NONCE bytes
 * @aad: additional data; blobs have none
 * @text: what to encrypt or decrypt
 */
struct android_sealed {
	enum android_aead aead;
	struct km_bytes key;
	const unsigned char *nonce;
	struct km_bytes aad;
	struct km_bytes text;
};

int android_aead_open(const struct android_sealed *s, const unsigned char *tag,
		      unsigned char *out);
int android_aead_seal(const struct android_sealed *s, unsigned char *tag, unsigned char *out);
int android_cbc(const struct km_bytes *key, const unsigned char *iv, bool encrypt,
		const struct km_bytes *text, unsigned char *out);
int android_ecb_block(const struct km_bytes *key, const unsigned char *in, unsigned char *out);
int android_digest(const char *name, const struct km_bytes *pieces, size_t n,
		   unsigned char *out);
int android_hmac_sha256(const struct km_bytes *key, const struct km_bytes *pieces, size_t n,
			unsigned char *out);
int android_hkdf(const struct km_bytes *key, const struct km_bytes *info, size_t n,
		 unsigned char *out);
int android_pbkdf2(const struct km_bytes *password, const struct km_bytes *salt,
		   size_t key_len, unsigned char *key);
int android_random(unsigned char *out, size_t len);
int android_room(struct km_buf *buf, size_t len);

/* ---- android_blob.c ---- */

enum android_format {
	ANDROID_OCB,
	ANDROID_GCM,
	ANDROID_GCM_SLOT,
	ANDROID_GCM_VERSIONED,
	ANDROID_GCM_SLOT_VERSIONED,
	ANDROID_OCB_UNVERSIONED,
	ANDROID_INTEGRITY,
	ANDROID_PK8,
	ANDROID_QUALCOMM,
	ANDROID_FORMATS
};

/* softkeymaster's types of keys. */
#define ANDROID_PK8_RSA		6
#define ANDROID_PK8_DSA		116
#define ANDROID_PK8_EC		408

/**
 * struct android_secrets - what a blob was sealed with
 * @master: the master key
 * @reset: formats 2, 4: factory reset secret
 * @slot: formats 2, 4: secret of the blob's slot
 * @application_id: data NULL: none
 * @application_data: likewise
 * @root_of_trust: "SW" in software
 */
struct android_secrets {
	struct km_bytes master;
	struct km_bytes reset;
	struct km_bytes slot;
	struct km_bytes application_id;
	struct km_bytes application_data;
	struct km_bytes root_of_trust;
};

/** struct android_qualcomm - the parts of that blob that are not encrypted */
struct android_qualcomm {
	uint32_t version;
	struct km_bytes modulus;
	struct km_bytes exponent;
	struct km_bytes iv;
	struct km_bytes private_exponent;
	struct km_bytes hmac;
};

/**
 * struct android_blob - a key blob; what is a struct km_bytes points into its bytes
 * @format: its format
 * @nonce: of the encrypted formats
 * @cipher: the material, encrypted or not
 * @tag: or MAC
 * @kdf_version: formats 3, 4
 * @addl_info: formats 3, 4
 * @slot: formats 2, 4
 * @pk8_type: ANDROID_PK8_*
 * @covered: integrity-assured: what the MAC is over, besides the hidden set
 * @enforced_wire: as it stands in the blob
 * @unenforced_wire: likewise
 * @qualcomm: of that format
 * @hidden: the set that opened it; of the formats that have one
 * @enforced: owned, like the other two
 * @unenforced: of PK#8, what Android gives such a key
 * @material: the key, once it was opened
 */
struct android_blob {
	enum android_format format;
	struct km_bytes nonce;
	struct km_bytes cipher;
	struct km_bytes tag;
	uint32_t kdf_version;
	uint32_t addl_info;
	uint32_t slot;
	uint32_t pk8_type;
	struct km_bytes covered;
	struct km_bytes enforced_wire;
	struct km_bytes unenforced_wire;
	struct android_qualcomm qualcomm;
	struct km_params *hidden;
	struct km_params *enforced;
	struct km_params *unenforced;
	struct km_buf material;
};

int android_blob_read(struct android_blob *blob, const struct km_bytes *data,
		      const struct android_secrets *secrets);
void android_blob_free(struct android_blob *blob);
const char *android_format_name(enum android_format format);

/* android_parse.c: the layouts, without any key */
int android_blob_parse(struct android_blob *blob, const struct km_bytes *data,
		       enum android_format format);
bool android_has_slot(enum android_format format);

/* android_pk8.c: what Android lets such keys do */
int android_pk8_authorize(struct android_blob *blob);

/* ---- android_file.c ---- */

enum android_type {
	ANDROID_TYPE_GENERIC = 1,
	ANDROID_TYPE_MASTER_KEY = 2,
	ANDROID_TYPE_KEY_PAIR = 3,
	ANDROID_TYPE_KEYMASTER = 4,
	ANDROID_TYPE_CHARACTERISTICS = 5,
	ANDROID_TYPE_CHARACTERISTICS_CACHE = 6,
	ANDROID_TYPE_MASTER_KEY_AES256 = 7,
};

#define ANDROID_FLAG_ENCRYPTED		0x01
#define ANDROID_FLAG_FALLBACK		0x02
#define ANDROID_FLAG_SUPER_ENCRYPTED	0x04
#define ANDROID_FLAG_CRITICAL		0x08

#define ANDROID_FILE_MAX	(64 * 1024)
#define ANDROID_VALUE_MAX	32768
#define ANDROID_SALT		16

/**
 * struct android_file - a keystore file
 * @version: 1 to 3
 * @type: enum android_type
 * @flags: ANDROID_FLAG_*
 * @iv: 16 bytes
 * @check: MD5, or the tag of GCM
 * @area: length, value and padding of versions 1 and 2; the value of version 3
 * @length: version 3: the length that stands before it
 * @info: what follows
 * @value: owned, once it was opened
 */
struct android_file {
	uint8_t version;
	uint8_t type;
	uint8_t flags;
	const unsigned char *iv;
	const unsigned char *check;
	struct km_bytes area;
	uint32_t length;
	struct km_bytes info;
	struct km_buf value;
};

/**
 * struct android_new_file - a keystore file to write, version 2
 * @type: enum android_type
 * @flags: ANDROID_FLAG_*
 * @value: what it holds
 * @info: in clear behind it
 * @key: the master key, when it is to be encrypted
 * @iv: ANDROID_BLOCK bytes then, never used twice
 */
struct android_new_file {
	uint8_t type;
	uint8_t flags;
	struct km_bytes value;
	struct km_bytes info;
	struct km_bytes key;
	const unsigned char *iv;
};

/**
 * struct android_new_master - a .masterkey to write
 * @password: the PIN
 * @master: 16 bytes
 * @salt: ANDROID_SALT bytes
 * @iv: ANDROID_BLOCK bytes
 */
struct android_new_master {
	struct km_bytes password;
	struct km_bytes master;
	const unsigned char *salt;
	const unsigned char *iv;
};

int android_file_parse(struct android_file *file, const struct km_bytes *data);
bool android_file_encrypted(const struct android_file *file);
bool android_file_is_master(const struct android_file *file);
int android_file_open(struct android_file *file, const struct km_bytes *key);
void android_file_free(struct android_file *file);
int android_file_write(const struct android_new_file *new, struct km_buf *out);
int android_master_open(const struct android_file *file, const struct km_bytes *password,
			struct km_buf *master);
int android_master_write(const struct android_new_master *new, struct km_buf *out);
const char *android_type_name(unsigned int type);

/* ---- android_alias.c ---- */

char *android_alias_encode(const char *alias);
char *android_alias_decode(const char *encoded);
bool android_name_split(const char *name, uint32_t *uid, const char **encoded);
char *android_name_make(uint32_t uid, const char *alias);

/* ---- android_dir.c ---- */

/* What Android's keystore answers. */
enum android_response {
	ANDROID_NO_ERROR = 1,
	ANDROID_LOCKED = 2,
	ANDROID_UNINITIALIZED = 3,
	ANDROID_SYSTEM_ERROR = 4,
	ANDROID_VALUE_CORRUPTED = 8,
	ANDROID_WRONG_PASSWORD_0 = 10,
	ANDROID_WRONG_PASSWORD_3 = 13,
};

#define ANDROID_TRIES	4

/**
 * struct android_dir - the directory of one Android user
 * @path: where it is
 * @state: ANDROID_UNINITIALIZED, ANDROID_LOCKED or ANDROID_NO_ERROR
 * @tries: wrong passwords that are left before the directory is emptied
 * @may_wipe: it is: otherwise another wrong password changes nothing
 * @master: the master key, while it is unlocked
 */
struct android_dir {
	const char *path;
	enum android_response state;
	unsigned int tries;
	bool may_wipe;
	struct km_buf master;
};

int android_dir_open(struct android_dir *dir, const char *path);
void android_dir_close(struct android_dir *dir);
void android_dir_lock(struct android_dir *dir);
enum android_response android_dir_password(struct android_dir *dir,
					   const struct km_bytes *password);
int android_dir_put(const struct android_dir *dir, const char *name,
		    struct android_new_file *new, bool replace);
const char *android_response_name(enum android_response response);

#endif /* KMCTL_ANDROID_H */
