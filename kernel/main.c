// SPDX-License-Identifier: GPL-2.0-only
/*
 * Init and exit, in order.
 * Start of the flow: tables and transforms, known-answer tests, key type, node.
 */
#include <linux/module.h>
#include "dev.h"
#include "ec.h"
#include "ed25519.h"
#include "hash.h"
#include "kat.h"
#include "keytype.h"
#include "limit.h"
#include "root.h"
#include "state.h"
#include "token.h"

static int __init km_init(void)
{
	int ret;

	ret = km_hash_init();
	if (ret)
		return ret;
	ret = km_ec_init();
	if (ret)
		goto err_hash;
	ret = km_ed25519_init();
	if (ret)
		goto err_ec;
	ret = km_kat_run();
	if (ret)
		goto err_ed25519;
	ret = km_token_init();
	if (ret)
		goto err_ed25519;
	ret = km_state_init();
	if (ret)
		goto err_token;
	ret = km_keytype_init();
	if (ret)
		goto err_state;
	ret = km_dev_init();
	if (ret)
		goto err_keytype;
	return 0;

err_keytype:
	km_keytype_exit();
err_state:
	km_state_exit();
err_token:
	km_token_exit();
err_ed25519:
	km_ed25519_exit();
err_ec:
	km_ec_exit();
err_hash:
	km_hash_exit();
	return ret;
}

static void __exit km_exit(void)
{
	km_dev_exit();
	km_keytype_exit();
	km_limit_exit();
	km_state_exit();
	km_token_exit();
	km_root_exit();
	km_ed25519_exit();
	km_ec_exit();
	km_hash_exit();
}

module_init(km_init);
module_exit(km_exit);

MODULE_DESCRIPTION("Keys under policy: Android's Keystore for any Linux program");
MODULE_LICENSE("GPL");
/*
 * Found by name, so depmod does not see them. Names that a kernel has built in
 * or does not have are passed over.
 */
#define CIPHERS	"aesni_intel gcm ctr cbc ecb des3_ede_x86_64 des_generic"
#define HASHES	"hmac sha256_ssse3 sha512_ssse3"
MODULE_SOFTDEP("pre: " CIPHERS " " HASHES);
