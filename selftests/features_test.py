#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The acceptance checks of spec/features.md for the key manager, a test for each row, by number.
# Rows 70 and 75 are in version_test.py, 81 in wrapped_test.py.
# holds the module: uses are counted until the next boot

import os
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.asymmetric import padding as openssl_padding
from cryptography.hazmat.primitives.asymmetric import utils, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import doors
import km
import rsakeys
from doors import at_begin, flipped
from rsakeys import openssl_key, rsa_params
from tap import equal, main, note, refused, test

device = None
DIGESTS = {km.MD5: hashes.MD5(), km.SHA1: hashes.SHA1(), km.SHA224: hashes.SHA224(),
           km.SHA256: hashes.SHA256(), km.SHA384: hashes.SHA384(), km.SHA512: hashes.SHA512()}
CURVES = {km.P_224: openssl_ec.SECP224R1(), km.P_256: openssl_ec.SECP256R1(),
          km.P_384: openssl_ec.SECP384R1(), km.P_521: openssl_ec.SECP521R1()}
MESSAGE = b"a message of some length, not a multiple of any block"


def rsa(*args, **named):
    return rsakeys.import_rsa(device, *args, **named)


def public_key(blob):
    return serialization.load_der_public_key(device.export(blob))


def spki(public):
    return public.public_bytes(serialization.Encoding.DER,
                               serialization.PublicFormat.SubjectPublicKeyInfo)


@test
def row_95_key_derivation_library():
    """Its vectors are tried whenever the module loads, and say so where debugging is asked for."""
    global device
    subprocess.run("rmmod keymaster && modprobe keymaster dyndbg=+p", shell=True, check=True)
    said = subprocess.run(["dmesg"], check=True, capture_output=True, text=True).stdout
    for name in ("HKDF-SHA256", "key derivations"):
        equal(True, f"known-answer test of {name} passed" in said, name)
    device = doors.device = km.ready()


@test
def row_53_aes_modes_and_paddings():
    """Beside NIST's vectors (vectors_test.py): OpenSSL's answer for every mode and padding."""
    for size in (16, 24, 32):
        key, iv = os.urandom(size), os.urandom(16)
        for mode, other in ((km.ECB, modes.ECB()), (km.CBC, modes.CBC(iv)),
                            (km.CTR, modes.CTR(iv))):
            for padding in (km.PAD_NONE, km.PKCS7):
                if mode == km.CTR and padding == km.PKCS7:
                    continue
                plain = os.urandom(48)
                padded = plain + (b"\x10" * 16 if padding == km.PKCS7 else b"")
                cipher = Cipher(algorithms.AES(key), other).encryptor()
                want = cipher.update(padded) + cipher.finalize()
                blob = device.import_key(doors.aes(mode, 8 * size, padding), key)
                params = doors.cipher(mode, padding, None if mode == km.ECB else iv)
                doors.result(want, km.ENCRYPT, blob, params, plain)
                doors.result(plain, km.DECRYPT, blob, params, want)


@test
def row_54_gcm_aad_and_tags():
    key, nonce, aad = os.urandom(32), os.urandom(12), os.urandom(37)
    blob = device.import_key(doors.aes(), key)
    for mac in range(96, 129, 8):
        params = doors.cipher(km.GCM, nonce=nonce, mac=mac, more=[(km.ASSOCIATED_DATA, aad)])
        cipher = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(aad)
        sealed = cipher.update(MESSAGE) + cipher.finalize() + cipher.tag[:mac // 8]
        doors.result(sealed, km.ENCRYPT, blob, params, MESSAGE)
        doors.result(MESSAGE, km.DECRYPT, blob, params, sealed)
        with device.begin(km.DECRYPT, blob, doors.cipher(km.GCM, nonce=nonce, mac=mac)) as op:
            out = op.update(sealed, [(km.ASSOCIATED_DATA, aad)])
            equal(True, len(out) <= len(MESSAGE), "the tag is held back")
            equal(MESSAGE, out + op.finish(), "plaintext")
    with device.begin(km.ENCRYPT, blob, doors.cipher(km.GCM)) as op:
        op.update(b"data", [(km.ASSOCIATED_DATA, aad)])
        refused("INVALID_TAG", op.update, b"", [(km.ASSOCIATED_DATA, aad)])


@test
def row_55_3des():
    for size in (16, 24):
        key, iv, plain = os.urandom(size), os.urandom(8), os.urandom(40)
        for mode, other in ((km.ECB, modes.ECB()), (km.CBC, modes.CBC(iv))):
            cipher = Cipher(algorithms.TripleDES(key), other).encryptor()
            sealed = cipher.update(plain) + cipher.finalize()
            blob = device.import_key(doors.des3(mode, 7 * size), key)
            params = doors.cipher(mode, nonce=iv if mode == km.CBC else None)
            doors.result(sealed, km.ENCRYPT, blob, params, plain)
            doors.result(plain, km.DECRYPT, blob, params, sealed)


@test
def row_56_rsa_signatures():
    public = openssl_key().public_key()
    blob = rsa([km.PKCS1_SIGN, km.PSS, km.PAD_NONE], [km.NO_DIGEST, *DIGESTS])
    for digest, other in DIGESTS.items():
        for padding, check in (
                (km.PKCS1_SIGN, openssl_padding.PKCS1v15()),
                (km.PSS, openssl_padding.PSS(openssl_padding.MGF1(other), other.digest_size))):
            params = rsa_params(padding, digest)
            signature, _ = device.operate(km.SIGN, blob, params, MESSAGE)
            public.verify(signature, MESSAGE, check, other)
            device.operate(km.VERIFY, blob, params, MESSAGE, signature)
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, params, MESSAGE,
                    flipped(signature, 77))
            if padding == km.PKCS1_SIGN:
                doors.result(signature, km.SIGN, blob, params, MESSAGE)
    for padding in (km.PAD_NONE, km.PKCS1_SIGN):
        params = rsa_params(padding, km.NO_DIGEST)
        signature, _ = device.operate(km.SIGN, blob, params, MESSAGE)
        numbers = public.public_numbers()
        block = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
        start = b"\0" * 3 if padding == km.PAD_NONE else b"\0\1\xff"
        equal((start, MESSAGE), (block[:3], block[-len(MESSAGE):]), "encoded message")
        doors.result(signature, km.SIGN, blob, params, MESSAGE)


def openssl_oaep(digest, mgf):
    """By the command, which offers every pair, MD5 too."""
    with tempfile.NamedTemporaryFile() as key:
        key.write(spki(openssl_key().public_key()))
        key.flush()
        options = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{mgf}")
        return subprocess.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER",
                               "-inkey", key.name,
                               *(word for option in options for word in ("-pkeyopt", option))],
                              input=MESSAGE, check=True, capture_output=True).stdout


@test
def row_57_rsa_decryption():
    public, pairs = openssl_key().public_key(), 0
    everything = [(km.RSA_OAEP_MGF_DIGEST, d) for d in DIGESTS]
    blob = rsa([km.OAEP, km.PKCS1_ENCRYPT, km.PAD_NONE], list(DIGESTS), [km.ENCRYPT, km.DECRYPT],
               more=everything)
    for digest, other in DIGESTS.items():
        for mgf, other_mgf in DIGESTS.items():
            sealed = openssl_oaep(other.name, other_mgf.name)
            params = rsa_params(km.OAEP, digest, [(km.RSA_OAEP_MGF_DIGEST, mgf)])
            equal(MESSAGE, device.operate(km.DECRYPT, blob, params, sealed)[0], "OAEP")
            pairs += 1
    note(f"{pairs} pairs of digests")
    sealed = public.encrypt(MESSAGE, openssl_padding.PKCS1v15())
    doors.result(MESSAGE, km.DECRYPT, blob, rsa_params(km.PKCS1_ENCRYPT), sealed)
    numbers = public.public_numbers()
    sealed = pow(int.from_bytes(MESSAGE, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    doors.result(MESSAGE.rjust(256, b"\0"), km.DECRYPT, blob, rsa_params(km.PAD_NONE), sealed)
    for padding, digest in ((km.OAEP, km.SHA256), (km.PKCS1_ENCRYPT, None), (km.PAD_NONE, None)):
        params = rsa_params(padding, digest)
        sealed, _ = device.operate(km.ENCRYPT, blob, params, MESSAGE)
        got, _ = device.operate(km.DECRYPT, blob, params, sealed)
        equal(MESSAGE, got.lstrip(b"\0"), "what it encrypted itself")


@test
def row_58_ecdsa():
    for curve in CURVES:
        digests = [d for d in DIGESTS if d != km.MD5]
        blob = device.generate(doors.ec([km.NO_DIGEST, *digests], curve=curve))
        public = public_key(blob)
        for digest in digests:
            signature, _ = device.operate(km.SIGN, blob, [(km.DIGEST, digest)], MESSAGE)
            public.verify(signature, MESSAGE, openssl_ec.ECDSA(DIGESTS[digest]))
            device.operate(km.VERIFY, blob, [(km.DIGEST, digest)], MESSAGE, signature)
        at_begin("UNSUPPORTED_DIGEST", km.SIGN, blob, [(km.DIGEST, km.MD5)])
        long, params = os.urandom(1 << 20), [(km.DIGEST, km.NO_DIGEST)]
        signature, _ = device.operate(km.SIGN, blob, params, long)
        device.operate(km.VERIFY, blob, params, long, signature)
        # Only as many bytes count as the order has: OpenSSL takes the first 32 for a digest.
        size = (CURVES[curve].key_size + 7) // 8
        device.operate(km.VERIFY, blob, params, long[:size], signature)
        signature, _ = device.operate(km.SIGN, blob, params, long[:28])
        public.verify(signature, long[:28],
                      openssl_ec.ECDSA(utils.Prehashed(hashes.SHA224())))


@test
def row_59_curve_25519():
    """RFC 8032 section 7.1, test 3, and RFC 7748 section 6.1."""
    secret = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    want = bytes.fromhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                         "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")
    blob = device.import_key(doors.ec([km.NO_DIGEST], curve=km.CURVE_25519), secret, km.RAW)
    doors.result(want, km.SIGN, blob, [(km.DIGEST, km.NO_DIGEST)], b"\xaf\x82")
    bob, alice, shared = (bytes.fromhex(h) for h in (
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"))
    blob = device.import_key(doors.ec([], [km.AGREE_KEY], curve=km.CURVE_25519), bob, km.RAW)
    peer = x25519.X25519PublicKey.from_public_bytes(alice)
    doors.result(shared, km.AGREE_KEY, blob, [], spki(peer))


@test
def row_60_ecdh():
    for curve, other in CURVES.items():
        blob = device.generate(doors.ec([], [km.AGREE_KEY], curve=curve))
        peer = openssl_ec.generate_private_key(other)
        want = peer.exchange(openssl_ec.ECDH(), public_key(blob))
        doors.result(want, km.AGREE_KEY, blob, [], spki(peer.public_key()))
        foreign = openssl_ec.generate_private_key(
            CURVES[km.P_384 if curve == km.P_256 else km.P_256])
        for bad in (spki(foreign.public_key()), spki(openssl_key().public_key()), b"",
                    spki(peer.public_key())[:-1], flipped(spki(peer.public_key()), 400)):
            doors.last_step("INVALID_ARGUMENT", km.AGREE_KEY, blob, [], bad)


@test
def row_61_hmac():
    """RFC 4231, test case 2; the lengths are in hmac_test.py and scenarios_test.py."""
    want = {km.SHA224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            km.SHA256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}
    for digest, mac in want.items():
        # The key of the RFC is too short for the interface, its zeros behind change nothing.
        blob = device.import_key(doors.hmac(digest, 64, 64), b"Jefe".ljust(8, b"\0"))
        params = [(km.DIGEST, digest), (km.MAC_LENGTH, km.DIGEST_BITS[digest])]
        doors.result(bytes.fromhex(mac), km.SIGN, blob, params, b"what do ya want for nothing?")


@test
def row_62_public_operations_are_exempt():
    past = [(km.USAGE_EXPIRE_DATETIME, 1000), (km.ORIGINATION_EXPIRE_DATETIME, 1000)]
    good, params = rsa([km.PSS], [km.SHA256]), rsa_params(km.PSS, km.SHA256)
    signature, _ = device.operate(km.SIGN, good, params, MESSAGE)
    old = rsa([km.PSS], [km.SHA256], more=past)
    at_begin("KEY_EXPIRED", km.SIGN, old, params)
    device.operate(km.VERIFY, old, params, MESSAGE, signature)
    nothing = rsa([], [], [])
    device.operate(km.VERIFY, nothing, params, MESSAGE, signature)
    at_begin("INCOMPATIBLE_PURPOSE", km.VERIFY, device.generate(doors.hmac(purposes=[km.SIGN])),
             [(km.DIGEST, km.SHA256)])


@test
def row_63_what_is_supported():
    """A sample; supported_test.py has the whole table."""
    equal([km.RSA, km.EC, km.AES, km.TRIPLE_DES, km.HMAC], device.supported("algorithms"), "all")
    equal([km.ECB, km.CBC], device.supported("block_modes", km.TRIPLE_DES, km.ENCRYPT), "3DES")
    refused("UNSUPPORTED_ALGORITHM", device.supported, "digests", 2, km.SIGN)
    refused("UNSUPPORTED_PURPOSE", device.supported, "digests", km.HMAC, km.ENCRYPT)


@test
def row_64_entropy():
    device.add_entropy(bytes(2048))
    refused("INVALID_INPUT_LENGTH", device.add_entropy, bytes(2049))


@test
def row_65_public_keys_are_x509():
    keys = [device.generate(doors.ec(curve=c)) for c in CURVES]
    keys += [rsa([km.PSS], [km.SHA256]), device.generate(doors.ec([], curve=km.CURVE_25519)),
             device.generate(doors.ec([], [km.AGREE_KEY], curve=km.CURVE_25519))]
    for blob in keys:
        for command in (["pkey", "-pubin", "-inform", "DER", "-noout", "-text"],
                        ["pkey", "-pubin", "-inform", "DER", "-noout", "-pubcheck"]):
            subprocess.run(["openssl", *command], input=device.export(blob), check=True,
                           capture_output=True)
        for form in (km.PKCS8, km.RAW):
            refused("UNSUPPORTED_KEY_FORMAT", device.export, blob, (), form)


@test
def row_66_handles():
    key, params, seen = device.generate(doors.aes(km.ECB)), doors.cipher(km.ECB), set()
    for _ in range(1000):
        with device.begin(km.ENCRYPT, key, params) as op:
            seen.add(op.handle)
    equal((1000, False), (len(seen), 0 in seen), "handles")
    with device.begin(km.ENCRYPT, key, params) as op:
        refused("INVALID_INPUT_LENGTH", op.finish, b"x")
        refused("INVALID_OPERATION_HANDLE", op.update, b"x" * 16)


@test
def row_69_application_binding():
    ident, data = (km.APPLICATION_ID, b"id"), (km.APPLICATION_DATA, b"data")
    for given in ([], [ident], [data], [ident, data]):
        key = device.generate(doors.ec(more=given))
        for tried in ([], [ident], [data], [ident, data], [ident, (km.APPLICATION_DATA, b"dat")]):
            params = [(km.DIGEST, km.SHA256), *tried]
            if tried == given:
                device.operate(km.SIGN, key, params, MESSAGE)
            else:
                at_begin("INVALID_KEY_BLOB", km.SIGN, key, params)


@test
def row_71_rates_and_counts():
    key = device.generate(doors.ec(more=[(km.MIN_SECONDS_BETWEEN_OPS, 8)]))
    params = [(km.DIGEST, km.SHA256)]
    signature, _ = device.operate(km.SIGN, key, params, MESSAGE)
    began = time.clock_gettime(time.CLOCK_BOOTTIME)
    at_begin("KEY_RATE_LIMIT_EXCEEDED", km.SIGN, key, params)
    device.operate(km.VERIFY, key, params, MESSAGE, signature)
    while time.clock_gettime(time.CLOCK_BOOTTIME) < began + 9:
        time.sleep(0.2)
    device.operate(km.SIGN, key, params, MESSAGE)
    key = device.generate(doors.ec(more=[(km.MAX_USES_PER_BOOT, 4)]))
    for _ in range(4):
        device.operate(km.SIGN, key, params, MESSAGE)
    at_begin("KEY_MAX_OPS_EXCEEDED", km.SIGN, key, params)


@test
def row_72_bootloader_only():
    for key, purpose, params in (
            (device.generate(doors.ec(more=[km.BOOTLOADER_ONLY])), km.SIGN,
             [(km.DIGEST, km.SHA256)]),
            (device.generate(doors.aes(km.ECB, more=[km.BOOTLOADER_ONLY])), km.ENCRYPT,
             doors.cipher(km.ECB)),
            (device.generate(doors.hmac(more=[km.BOOTLOADER_ONLY])), km.VERIFY,
             [(km.DIGEST, km.SHA256)])):
        at_begin("INVALID_KEY_BLOB", purpose, key, params)


@test
def row_73_caller_nonce():
    for mode, size in ((km.CBC, 16), (km.CTR, 16), (km.GCM, 12)):
        nonce = os.urandom(size)
        free = device.generate(doors.aes(mode))
        strict = device.generate(doors.describe(
            km.AES, 256, [km.ENCRYPT, km.DECRYPT], [mode], [km.PAD_NONE],
            min_mac=128 if mode == km.GCM else None))
        given = doors.cipher(mode, nonce=nonce)
        _, made = device.operate(km.ENCRYPT, free, given, bytes(16))
        equal([nonce], km.values(made, km.NONCE), "nonce in use")
        at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, strict, given)
        sealed, made = device.operate(km.ENCRYPT, strict, doors.cipher(mode), bytes(16))
        equal(size, len(km.values(made, km.NONCE)[0]), "nonce that was drawn")
        plain, _ = device.operate(km.DECRYPT, strict, doors.cipher(
            mode, nonce=km.values(made, km.NONCE)[0]), sealed)
        equal(bytes(16), plain, "plaintext")


@test
def row_94_tags_that_are_refused():
    for tag in (km.STORAGE_KEY, km.DEVICE_UNIQUE_ATTESTATION, km.IDENTITY_CREDENTIAL_KEY,
                km.ECIES_SINGLE_HASH_MODE, km.EXPORTABLE, (km.KDF, 1)):
        for params in (doors.aes(more=[tag]), doors.ec(more=[tag])):
            refused("UNSUPPORTED_TAG", device.generate, params)
    for tag in (km.STORAGE_KEY, km.DEVICE_UNIQUE_ATTESTATION, km.IDENTITY_CREDENTIAL_KEY):
        refused("UNSUPPORTED_TAG", rsa, [km.PSS], [km.SHA256], more=[tag])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        device = doors.device = km.ready()
    main()
