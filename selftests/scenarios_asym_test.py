#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The acceptance scenarios of operations.md section 8, a test for each row: RSA and EC keys.
# Through the bare ioctls; what a row says of more than one call goes through every door.

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import padding as openssl_padding

import doors
import km
import rsakeys
from doors import at_begin, flipped, last_step
from rsakeys import openssl_key, pkcs8, rsa_params
from tap import equal, main, refused, test

device = None
BITS = {km.P_224: 224, km.P_256: 256, km.P_384: 384, km.P_521: 521}


def rsa(*args, **named):
    return rsakeys.import_rsa(device, *args, **named)


@test
def generate_rsa_without_size():
    refused("UNSUPPORTED_KEY_SIZE", device.generate, doors.rsa([km.PAD_NONE], size=None))


@test
def generate_ec_sizes_and_curves():
    def ec(size=None, curve=None):
        more = [km.NO_AUTH_REQUIRED] + ([(km.EC_CURVE, curve)] if curve is not None else [])
        return doors.describe(km.EC, size, [km.SIGN], digests=[km.SHA256], more=more)

    refused("UNSUPPORTED_KEY_SIZE", device.generate, ec())
    refused("UNSUPPORTED_KEY_SIZE", device.generate, ec(190))
    refused("INVALID_ARGUMENT", device.generate, ec(224, km.P_256))
    for curve, bits in BITS.items():
        for params in (ec(bits), ec(None, curve), ec(bits, curve)):
            enforced, _ = device.characteristics(device.generate(params))
            equal([curve], km.values(enforced, km.EC_CURVE), "curve")
            equal([bits], km.values(enforced, km.KEY_SIZE), "size")


@test
def generate_with_half_a_validity():
    """Neither date is a key of the old kind, without a certificate."""
    for make in (doors.ec, lambda more: doors.rsa([km.PSS], [km.SHA256], more=more)):
        refused("MISSING_NOT_AFTER", device.generate, make(more=[(km.CERTIFICATE_NOT_BEFORE, 0)]))
        refused("MISSING_NOT_BEFORE", device.generate, make(more=[(km.CERTIFICATE_NOT_AFTER, 9)]))


@test
def application_id_and_data():
    ident, data = (km.APPLICATION_ID, b"client"), (km.APPLICATION_DATA, b"data")
    keys = [(device.generate(doors.aes(km.CTR, more=[ident, data])), km.ENCRYPT,
             doors.cipher(km.CTR)),
            (device.generate(doors.ec(more=[ident, data])), km.SIGN, [(km.DIGEST, km.SHA256)]),
            (rsa([km.PSS], [km.SHA256], more=[ident, data]), km.SIGN,
             rsa_params(km.PSS, km.SHA256))]
    for key, purpose, params in keys:
        for given in ([], [ident], [data], [(km.APPLICATION_ID, b"clienT"), data]):
            refused("INVALID_KEY_BLOB", device.characteristics, key, given)
            at_begin("INVALID_KEY_BLOB", purpose, key, params + given)
        device.characteristics(key, [ident, data])
        device.operate(purpose, key, params + [ident, data], b"text")


# --- RSA signatures -----------------------------------------------------------------------------

@test
def rsa_none_key_begins_pkcs1():
    at_begin("INCOMPATIBLE_PADDING_MODE", km.SIGN, rsa([km.PAD_NONE], [km.NO_DIGEST]),
             rsa_params(km.PKCS1_SIGN, km.NO_DIGEST))


@test
def rsa_pkcs1_without_digest():
    key, params = rsa([km.PKCS1_SIGN], [km.NO_DIGEST]), rsa_params(km.PKCS1_SIGN, km.NO_DIGEST)
    signature, _ = device.operate(km.SIGN, key, params, b"a" * 53)
    device.operate(km.VERIFY, key, params, b"a" * 53, signature)
    block = pow(int.from_bytes(signature, "big"), 65537,
                openssl_key().public_key().public_numbers().n).to_bytes(256, "big")
    equal(b"\0\1" + b"\xff" * (256 - 56) + b"\0" + b"a" * 53, block, "encoded message")
    last_step("INVALID_INPUT_LENGTH", km.SIGN, key, params, b"a" * 257)
    last_step("INVALID_INPUT_LENGTH", km.SIGN, key, params, b"a" * 246)
    device.operate(km.SIGN, key, params, b"a" * 245)


@test
def rsa_1024_pss_sha512():
    key = rsa([km.PSS], [km.SHA512, km.SHA384], size=1024)
    at_begin("INCOMPATIBLE_DIGEST", km.SIGN, key, rsa_params(km.PSS, km.SHA512))
    device.operate(km.SIGN, key, rsa_params(km.PSS, km.SHA384), b"text")


@test
def rsa_sign_with_two_paddings_two_digests_no_digest():
    key = rsa([km.PAD_NONE, km.PKCS1_SIGN], [km.NO_DIGEST, km.SHA1])
    at_begin("UNSUPPORTED_PADDING_MODE", km.SIGN, key,
             rsa_params([km.PAD_NONE, km.PKCS1_SIGN], km.NO_DIGEST))
    at_begin("UNSUPPORTED_DIGEST", km.SIGN, key,
             rsa_params(km.PKCS1_SIGN, [km.NO_DIGEST, km.SHA1]))
    at_begin("UNSUPPORTED_DIGEST", km.SIGN, key, rsa_params(km.PKCS1_SIGN))


@test
def rsa_sign_with_paddings_of_other_uses():
    for padding in (km.PKCS7, km.OAEP, km.PKCS1_ENCRYPT, 0, 6, 63, 2**32 - 1):
        at_begin("UNSUPPORTED_PADDING_MODE", km.SIGN, rsa([padding], [km.NO_DIGEST, km.SHA256]),
                 rsa_params(padding, km.SHA256))


@test
def rsa_pss_without_digest():
    at_begin("INCOMPATIBLE_DIGEST", km.SIGN, rsa([km.PSS], [km.NO_DIGEST]),
             rsa_params(km.PSS, km.NO_DIGEST))


@test
def rsa_sign_without_padding():
    at_begin("UNSUPPORTED_PADDING_MODE", km.SIGN, rsa([km.PAD_NONE], [km.NO_DIGEST]),
             rsa_params(None, km.NO_DIGEST))


@test
def rsa_raw_signatures_of_short_messages():
    key, params = rsa([km.PAD_NONE], [km.NO_DIGEST]), rsa_params(km.PAD_NONE, km.NO_DIGEST)
    public = openssl_key().public_key().public_numbers()
    for message in (b"a" * 255, b"a"):
        signature, _ = device.operate(km.SIGN, key, params, message)
        equal(int.from_bytes(message, "big"),
              pow(int.from_bytes(signature, "big"), public.e, public.n), "recovered")
        device.operate(km.VERIFY, key, params, message, signature)


@test
def rsa_raw_signature_of_a_number_beyond_the_modulus():
    key, params = rsa([km.PAD_NONE], [km.NO_DIGEST]), rsa_params(km.PAD_NONE, km.NO_DIGEST)
    last_step("INVALID_ARGUMENT", km.SIGN, key, params, b"\xff" * 256)
    modulus = openssl_key().public_key().public_numbers().n
    last_step("INVALID_ARGUMENT", km.SIGN, key, params, modulus.to_bytes(256, "big"))
    device.operate(km.SIGN, key, params, (modulus - 1).to_bytes(256, "big"))


@test
def rsa_encryption_key_begins_sign():
    key = rsa([km.PAD_NONE], [km.NO_DIGEST], [km.ENCRYPT, km.DECRYPT])
    at_begin("INCOMPATIBLE_PURPOSE", km.SIGN, key, rsa_params(km.PAD_NONE, km.NO_DIGEST))


@test
def abort_twice():
    key = rsa([km.PAD_NONE], [km.NO_DIGEST])
    for begun in (device.begin(km.SIGN, key, rsa_params(km.PAD_NONE, km.NO_DIGEST)),
                  device.begin(km.SIGN, device.generate(doors.ec()), [(km.DIGEST, km.SHA256)])):
        with begun:
            begun.abort()
            refused("INVALID_OPERATION_HANDLE", begun.abort)


# --- EC ---------------------------------------------------------------------------------------

@test
def ec_digest_that_the_key_lacks():
    at_begin("INCOMPATIBLE_DIGEST", km.SIGN, device.generate(doors.ec([km.NO_DIGEST, km.SHA1])),
             [(km.DIGEST, km.SHA256)])


@test
def ec_one_mebibyte_without_digest():
    message = os.urandom(1 << 20)
    for curve in BITS:
        key = device.generate(doors.ec([km.NO_DIGEST], curve=curve))
        params = [(km.DIGEST, km.NO_DIGEST)]
        signature, _ = device.operate(km.SIGN, key, params, message)
        device.operate(km.VERIFY, key, params, message, signature)


@test
def ed25519_longest_message():
    key = device.generate(doors.ec([km.NO_DIGEST], curve=km.CURVE_25519))
    params = [(km.DIGEST, km.NO_DIGEST)]
    signature, _ = device.operate(km.SIGN, key, params, bytes(16384))
    equal(64, len(signature), "signature")
    for pieces in ([16385], [16384, 1], [1, 16384], [8000, 8000, 386]):
        with device.begin(km.SIGN, key, params) as op:
            for size in pieces[:-1]:
                op.update(bytes(size))
            refused("INVALID_INPUT_LENGTH", op.update, bytes(pieces[-1]))
            refused("INVALID_OPERATION_HANDLE", op.finish)
        with device.begin(km.SIGN, key, params) as op:
            for size in pieces[:-1]:
                op.update(bytes(size))
            refused("INVALID_INPUT_LENGTH", op.finish, bytes(pieces[-1]))


@test
def import_asymmetric_with_tags_that_differ():
    def take(params, key):
        return device.import_key(params, pkcs8(key), km.PKCS8)

    paddings = [km.PKCS1_SIGN]
    for size, exponent in ((1024, 65537), (2040, 65537), (2048, 3), (2048, 65539)):
        refused("IMPORT_PARAMETER_MISMATCH", take,
                doors.rsa(paddings, [km.SHA256], size=size, exponent=exponent), openssl_key())
    p256 = openssl_ec.generate_private_key(openssl_ec.SECP256R1())
    for curve in (km.P_224, km.P_384, km.P_521):
        refused("IMPORT_PARAMETER_MISMATCH", take, doors.ec(curve=curve), p256)
    refused("IMPORT_PARAMETER_MISMATCH", take, doors.rsa(paddings, [km.SHA256]), p256)
    refused("IMPORT_PARAMETER_MISMATCH", take, doors.ec(), openssl_key())


# --- RSA decryption -----------------------------------------------------------------------------

@test
def oaep_without_digest():
    key = rsa([km.OAEP], [km.NO_DIGEST], [km.ENCRYPT, km.DECRYPT])
    at_begin("INCOMPATIBLE_DIGEST", km.DECRYPT, key, rsa_params(km.OAEP, km.NO_DIGEST))


@test
def rsa_decrypt_with_pss():
    key = rsa([km.PSS], [km.SHA256], [km.ENCRYPT, km.DECRYPT])
    at_begin("UNSUPPORTED_PADDING_MODE", km.DECRYPT, key, rsa_params(km.PSS, km.SHA256))


@test
def oaep_with_one_byte_changed():
    key = rsa([km.OAEP], [km.SHA256], [km.ENCRYPT, km.DECRYPT])
    sealed = openssl_key().public_key().encrypt(
        b"Hello", openssl_padding.OAEP(openssl_padding.MGF1(hashes.SHA1()), hashes.SHA256(), None))
    params = rsa_params(km.OAEP, km.SHA256)
    equal(b"Hello", device.operate(km.DECRYPT, key, params, sealed)[0], "plaintext")
    for at in (1, 100, 254, 255):
        last_step("INVALID_ARGUMENT", km.DECRYPT, key, params, flipped(sealed, 8 * at))


@test
def ecdh_with_every_pair_of_curves():
    def make(curve):
        return device.generate(doors.ec([], [km.AGREE_KEY], curve=curve))

    curves = [*BITS, km.CURVE_25519]
    ours, theirs = ({c: make(c) for c in curves} for _ in range(2))
    for mine in curves:
        for other in curves:
            peer = device.export(theirs[other])
            if mine != other:
                last_step("INVALID_ARGUMENT", km.AGREE_KEY, ours[mine], [], peer)
                continue
            secret, _ = device.operate(km.AGREE_KEY, ours[mine], [], peer)
            equal((BITS.get(mine, 256) + 7) // 8, len(secret), "secret")
            doors.result(secret, km.AGREE_KEY, theirs[mine], [], device.export(ours[mine]))


if __name__ == "__main__":
    device = doors.device = km.ready()
    main()
