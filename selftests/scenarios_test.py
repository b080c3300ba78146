#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The acceptance scenarios of operations.md section 8, a test for each row: symmetric keys, and
# what holds for keys of any kind. Those of RSA and EC are in scenarios_asym_test.py.
# holds the module: uses are counted until the next boot
# watched: much is refused, at every stage

import os

import doors
import km
from doors import at_begin, flipped, last_step
from tap import equal, main, note, refused, test

device = None
BITS = {km.P_224: 224, km.P_256: 256, km.P_384: 384, km.P_521: 521}


# --- generation ---------------------------------------------------------------------------------

@test
def generate_aes_of_other_sizes():
    for size in (64, 96, 131, 512, None):
        refused("UNSUPPORTED_KEY_SIZE", device.generate,
                doors.describe(km.AES, size, [km.ENCRYPT], [km.ECB], [km.PAD_NONE]))


@test
def generate_aes_gcm_min_mac_length():
    refused("MISSING_MIN_MAC_LENGTH", device.generate, doors.aes(min_mac=None))
    for bits in (88, 136):
        refused("UNSUPPORTED_MIN_MAC_LENGTH", device.generate, doors.aes(min_mac=bits))


@test
def generate_3des_of_other_sizes():
    for size in (56, None):
        refused("UNSUPPORTED_KEY_SIZE", device.generate, doors.des3(size=size))


@test
def generate_hmac_of_every_size():
    for size in range(513):
        if size >= 64 and size % 8 == 0:
            device.generate(doors.hmac(size=size))
        else:
            refused("UNSUPPORTED_KEY_SIZE", device.generate, doors.hmac(size=size))


@test
def generate_hmac_with_every_min_mac_length():
    for bits in [*range(257), 520]:
        if 64 <= bits <= 256 and bits % 8 == 0:
            device.generate(doors.hmac(min_mac=bits))
        else:
            refused("UNSUPPORTED_MIN_MAC_LENGTH", device.generate, doors.hmac(min_mac=bits))


@test
def generate_hmac_with_other_than_one_digest():
    for digests in ([km.SHA1, km.SHA256], [], [km.NO_DIGEST]):
        refused("UNSUPPORTED_DIGEST", device.generate,
                doors.describe(km.HMAC, 128, [km.SIGN], digests=digests, min_mac=128))


@test
def aes_key_listing_sign():
    key = device.generate(doors.aes(km.ECB, purposes=[km.SIGN, km.VERIFY]))
    for purpose in (km.SIGN, km.VERIFY):
        at_begin("UNSUPPORTED_PURPOSE", purpose, key, doors.cipher(km.ECB))


@test
def ec_and_hmac_begin_encrypt_or_decrypt():
    everything = [km.SIGN, km.VERIFY, km.ENCRYPT, km.DECRYPT]
    for key in (device.generate(doors.ec(purposes=everything)),
                device.generate(doors.hmac(purposes=everything))):
        for purpose in (km.ENCRYPT, km.DECRYPT):
            at_begin("UNSUPPORTED_PURPOSE", purpose, key, [(km.DIGEST, km.SHA256)])


# --- HMAC ---------------------------------------------------------------------------------------

@test
def hmac_mac_lengths():
    key = device.generate(doors.hmac(min_mac=128))
    for bits in (264, 161):
        at_begin("UNSUPPORTED_MAC_LENGTH", km.SIGN, key,
                 [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, bits)])
    at_begin("INVALID_MAC_LENGTH", km.SIGN, key, [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 120)])


@test
def hmac_verify_of_one_changed_bit():
    key, message = device.generate(doors.hmac(min_mac=128)), b"a message to be changed"
    mac, _ = device.operate(km.SIGN, key, [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)], message)
    params = [(km.DIGEST, km.SHA256)]
    device.operate(km.VERIFY, key, params, message, mac)
    for bit in range(8 * len(message)):
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, params,
                flipped(message, bit), mac)
    for bit in range(8 * len(mac)):
        refused("VERIFICATION_FAILED", device.operate, km.VERIFY, key, params, message,
                flipped(mac, bit))


# --- import -------------------------------------------------------------------------------------

@test
def import_aes_with_sizes_that_differ():
    for size in (127, 129, 120, 136):
        refused("IMPORT_PARAMETER_MISMATCH", device.import_key, doors.aes(km.ECB, size), bytes(16))


@test
def import_aes_of_15_and_17_bytes():
    for size in (17, 15):
        refused("UNSUPPORTED_KEY_SIZE", device.import_key, doors.aes(km.ECB, 8 * size),
                bytes(size))


@test
def import_3des_of_23_and_25_bytes():
    for size in (25, 23):
        refused("UNSUPPORTED_KEY_SIZE", device.import_key, doors.des3(km.ECB, 7 * size),
                bytes(size))


# --- AES ----------------------------------------------------------------------------------------

@test
def aes_mode_and_padding_that_the_key_lacks():
    at_begin("INCOMPATIBLE_BLOCK_MODE", km.ENCRYPT, device.generate(doors.aes(km.CBC)),
             doors.cipher(km.ECB))
    at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, device.generate(doors.aes(km.ECB)),
             doors.cipher(km.ECB, km.PKCS7))


@test
def aes_two_modes_or_paddings():
    key = device.generate(doors.describe(km.AES, 128, [km.ENCRYPT], [km.ECB, km.CBC],
                                         [km.PAD_NONE, km.PKCS7]))
    at_begin("UNSUPPORTED_BLOCK_MODE", km.ENCRYPT, key,
             [(km.BLOCK_MODE, km.ECB), (km.BLOCK_MODE, km.CBC), (km.PADDING, km.PAD_NONE)])
    at_begin("UNSUPPORTED_PADDING_MODE", km.ENCRYPT, key,
             [(km.BLOCK_MODE, km.ECB), (km.PADDING, km.PAD_NONE), (km.PADDING, km.PKCS7)])


@test
def aes_keys_of_one_purpose():
    for mode in (km.ECB, km.CBC, km.CTR, km.GCM):
        key = device.generate(doors.aes(mode, purposes=[km.ENCRYPT]))
        at_begin("INCOMPATIBLE_PURPOSE", km.DECRYPT, key, doors.cipher(mode))
        key = device.generate(doors.aes(mode, purposes=[km.DECRYPT]))
        at_begin("INCOMPATIBLE_PURPOSE", km.ENCRYPT, key, doors.cipher(mode))


@test
def blocks_without_padding_of_31_bytes():
    for mode in (km.ECB, km.CBC):
        key = device.generate(doors.aes(mode))
        last_step("INVALID_INPUT_LENGTH", km.ENCRYPT, key, doors.cipher(mode), bytes(31))
        nonce = bytes(16) if mode == km.CBC else None
        last_step("INVALID_INPUT_LENGTH", km.DECRYPT, key, doors.cipher(mode, nonce=nonce),
                  bytes(31))


@test
def pkcs7_lengths():
    key, params = device.generate(doors.aes(km.ECB, padding=km.PKCS7)), doors.cipher(km.ECB,
                                                                                  km.PKCS7)
    for n in range(49):
        plain = os.urandom(n)
        sealed, _ = device.operate(km.ENCRYPT, key, params, plain)
        equal(n + 16 - n % 16, len(sealed), "ciphertext")
        equal(plain, device.operate(km.DECRYPT, key, params, sealed)[0], "round trip")


@test
def pkcs7_damaged():
    key, params = device.generate(doors.aes(km.ECB, padding=km.PKCS7)), doors.cipher(km.ECB,
                                                                                  km.PKCS7)
    bare = device.generate(doors.aes(km.ECB, padding=km.PKCS7, size=128))
    sealed, _ = device.operate(km.ENCRYPT, key, params, b"text")
    lucky = 0
    for bit in range(128):
        try:
            device.operate(km.DECRYPT, key, params, flipped(sealed, bit))
            lucky += 1
        except km.Refused as e:
            equal("INVALID_ARGUMENT", e.code, "code")
    equal(True, lucky < 6, f"{lucky} of 128 damaged blocks ended in a padding")
    for size in (15, 1, 0, 17):
        last_step("INVALID_INPUT_LENGTH", km.DECRYPT, bare, params, bytes(size))


@test
def ctr_key_listing_pkcs7_only():
    key = device.generate(doors.aes(km.CTR, padding=km.PKCS7))
    at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(km.CTR))
    at_begin("INCOMPATIBLE_PADDING_MODE", km.ENCRYPT, key, doors.cipher(km.CTR, km.PKCS7))


@test
def ctr_nonce_lengths():
    key = device.generate(doors.aes(km.CTR))
    for size in (1, 15, 17):
        at_begin("INVALID_NONCE", km.ENCRYPT, key, doors.cipher(km.CTR, nonce=bytes(size)))
        at_begin("INVALID_NONCE", km.DECRYPT, key, doors.cipher(km.CTR, nonce=bytes(size)))


@test
def gcm_mac_shorter_than_the_key_asks():
    key = device.generate(doors.aes(min_mac=128))
    for purpose in (km.ENCRYPT, km.DECRYPT):
        at_begin("INVALID_MAC_LENGTH", purpose, key,
                 doors.cipher(km.GCM, nonce=bytes(12), mac=96))


@test
def gcm_wrong_key_aad_nonce_or_tag():
    key, other = device.generate(doors.aes()), device.generate(doors.aes())
    aad, nonce = b"additional", b"nonce, 12 by"

    def params(aad=aad, nonce=nonce):
        return doors.cipher(km.GCM, nonce=nonce, more=[(km.ASSOCIATED_DATA, aad)])

    sealed, _ = device.operate(km.ENCRYPT, key, params(), b"text")
    equal(b"text", device.operate(km.DECRYPT, key, params(), sealed)[0], "plaintext")
    wrong = [(other, params(), sealed), (key, params(aad=aad[:-1]), sealed)]
    wrong += [(key, params(aad=flipped(aad, bit)), sealed) for bit in range(8 * len(aad))]
    wrong += [(key, params(nonce=flipped(nonce, bit)), sealed) for bit in range(96)]
    wrong += [(key, params(), flipped(sealed, bit)) for bit in range(8 * len(sealed))]
    for key_used, p, data in wrong:
        refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, key_used, p, data)


@test
def gcm_aad_after_data():
    with device.begin(km.ENCRYPT, device.generate(doors.aes()), doors.cipher(km.GCM)) as op:
        op.update(b"", [(km.ASSOCIATED_DATA, b"foo")])
        op.update(b"bar", [])
        refused("INVALID_TAG", op.update, b"", [(km.ASSOCIATED_DATA, b"foo")])
        refused("INVALID_OPERATION_HANDLE", op.abort)


@test
def cbc_nonce_that_the_key_does_not_allow():
    key = device.generate(doors.describe(km.AES, 128, [km.ENCRYPT], [km.CBC], [km.PAD_NONE]))
    at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, key, doors.cipher(km.CBC, nonce=bytes(16)))


# --- limits and life ----------------------------------------------------------------------------

@test
def max_uses_per_boot():
    for key, purpose, params in (
            (device.generate(doors.aes(km.ECB, more=[(km.MAX_USES_PER_BOOT, 3)])), km.ENCRYPT,
             doors.cipher(km.ECB)),
            (device.generate(doors.ec(more=[(km.MAX_USES_PER_BOOT, 3)])), km.SIGN,
             [(km.DIGEST, km.SHA256)])):
        for _ in range(3):
            device.begin(purpose, key, params).close()
        at_begin("KEY_MAX_OPS_EXCEEDED", purpose, key, params)


@test
def usage_count_limit():
    """A key for one use: the second begin finds no key."""
    for uses in (1, 3):
        key = device.generate(doors.ec(more=[(km.USAGE_COUNT_LIMIT, uses)]))
        for _ in range(uses):
            device.begin(km.SIGN, key, [(km.DIGEST, km.SHA256)]).close()    # ended is not used
            device.operate(km.SIGN, key, [(km.DIGEST, km.SHA256)], b"data")
        at_begin("INVALID_KEY_BLOB", km.SIGN, key, [(km.DIGEST, km.SHA256)])


@test
def rollback_resistance():
    """Without storage for secure deletion it is refused when the key is made."""
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", device.generate,
            doors.ec(more=[km.ROLLBACK_RESISTANCE]))


@test
def delete_of_text():
    device.delete(b"just some text that is not a key blob, 50 bytes..."[:50])


@test
def upgrade_of_text_and_of_a_current_key():
    refused("INVALID_KEY_BLOB", device.upgrade, b"just some text that is not a key blob")
    for params in (doors.ec(), doors.aes(), doors.hmac()):
        for form in km.FORMATS.values():
            equal(b"", device.upgrade(device.generate(params, form)), "new blob")


@test
def begin_until_full():
    key, params, begun = device.generate(doors.aes(km.ECB)), doors.cipher(km.ECB), []
    for _ in range(device.info()["operations_max"]):
        begun.append(device.begin(km.ENCRYPT, key, params))
    for _ in range(2):
        refused("TOO_MANY_OPERATIONS", device.begin, km.ENCRYPT, key, params)
    for op in begun:
        op.abort()
    device.begin(km.ENCRYPT, key, params).close()
    for op in begun:
        op.close()


@test
def early_boot_only():
    device.early_boot_ended()
    key = device.generate(doors.ec(more=[km.EARLY_BOOT_ONLY]))
    at_begin("EARLY_BOOT_ENDED", km.SIGN, key, [(km.DIGEST, km.SHA256)])
    refused("EARLY_BOOT_ENDED", device.import_key, doors.aes(km.ECB, 128, more=[km.EARLY_BOOT_ONLY]),
            bytes(16))


@test
def entropy():
    for size in (0, 3, 2048):
        device.add_entropy(bytes(size))
    refused("INVALID_INPUT_LENGTH", device.add_entropy, bytes(2049))


@test
def every_bit_of_a_blob():
    """Of each kind of key, in both formats, through characteristics; begin for the EC key."""
    keys = {"EC": doors.ec(), "AES": doors.aes(km.ECB), "Ed25519":
            doors.ec([km.NO_DIGEST], curve=km.CURVE_25519), "3DES": doors.des3()}
    for name, params in keys.items():
        for form in km.FORMATS.values():
            blob = device.generate(params, form)
            for bit in range(8 * len(blob)):
                refused("INVALID_KEY_BLOB", device.characteristics, flipped(blob, bit))
                if name == "EC":
                    refused("INVALID_KEY_BLOB", device.begin, km.SIGN, flipped(blob, bit),
                            [(km.DIGEST, km.SHA256)])
            note(f"{name}: {8 * len(blob)} bits")


if __name__ == "__main__":
    device = doors.device = km.ready()
    main()
