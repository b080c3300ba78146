#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The acceptance checks of spec/features.md for authorizations and users, a test for each row,
# by number; and the scenarios of authorization.md 13, in real time. Rows 13, 26, 45 to 51, 85
# to 92 and 104 have tests in the files of their parts as well; 27 is in throttle_test.py, 103
# in lib_auth_test.c.

import subprocess
import tempfile
import time

import doors
import km
from gatekeeping import eperm, token_of, waits
from tap import equal, main, refused, test
from tokens import SHA, asking, code_of, opens

NOT_AUTH = "KEY_USER_NOT_AUTHENTICATED"
HOUR = 3600 * 1000
USER = 4242
MESSAGE = b"a message of some length, not a multiple of any block"
CBC = doors.cipher(km.CBC, km.PKCS7)
ECB = doors.cipher(km.ECB, km.PKCS7)
CTR = doors.cipher(km.CTR)
device = None


def wall_ms():
    return time.time_ns() // 10**6


def cbc_key(purposes=(km.ENCRYPT, km.DECRYPT), more=()):
    """The seed's own example: CBC, PKCS7, and an IV that only the kernel chooses."""
    return device.generate(doors.describe(km.AES, 256, purposes, [km.CBC], [km.PKCS7],
                                          more=[km.NO_AUTH_REQUIRED, *more]))


def encrypted(blob, plain):
    cipher, made = device.operate(km.ENCRYPT, blob, CBC, plain)
    return cipher, [*CBC, (km.NONCE, km.values(made, km.NONCE)[0])]


@test
def row_10_authorizations_never_change():
    """Each bit of both stored sets."""
    blob = device.generate(doors.hmac())
    sets_at = km.Blob(blob).sets_at
    for bit in range(8 * sets_at, 8 * len(blob)):
        refused("INVALID_KEY_BLOB", device.begin, km.SIGN, doors.flipped(blob, bit), SHA)
    device.begin(km.SIGN, blob, SHA).close()


@test
def row_11_only_what_is_listed():
    rsa = device.generate(doors.rsa([km.PSS], [km.SHA256], size=1024))
    cases = [(cbc_key(), km.ENCRYPT, CBC, ECB, "INCOMPATIBLE_BLOCK_MODE"),
             (cbc_key(), km.ENCRYPT, CBC, doors.cipher(km.CBC), "INCOMPATIBLE_PADDING_MODE"),
             (rsa, km.SIGN, [(km.PADDING, km.PSS), (km.DIGEST, km.SHA256)],
              [(km.PADDING, km.PKCS1_SIGN), (km.DIGEST, km.SHA256)], "INCOMPATIBLE_PADDING_MODE"),
             (rsa, km.SIGN, [(km.PADDING, km.PSS), (km.DIGEST, km.SHA256)],
              [(km.PADDING, km.PSS), (km.DIGEST, km.SHA1)], "INCOMPATIBLE_DIGEST"),
             (device.generate(doors.ec()), km.SIGN, [(km.DIGEST, km.SHA256)],
              [(km.DIGEST, km.SHA512)], "INCOMPATIBLE_DIGEST")]
    for blob, purpose, listed, other, code in cases:
        device.begin(purpose, blob, listed).close()
        doors.at_begin(code, purpose, blob, other)
    doors.at_begin("INCOMPATIBLE_PURPOSE", km.DECRYPT, cbc_key([km.ENCRYPT]),
                   [*CBC, (km.NONCE, bytes(16))])


@test
def row_12_validity():
    soon, past = wall_ms() + HOUR, wall_ms() - HOUR
    for tag, when, sign, verify in (
            (km.ACTIVE_DATETIME, soon, "KEY_NOT_YET_VALID", "KEY_NOT_YET_VALID"),
            (km.ACTIVE_DATETIME, past, "OK", "OK"),
            (km.ORIGINATION_EXPIRE_DATETIME, past, "KEY_EXPIRED", "OK"),
            (km.ORIGINATION_EXPIRE_DATETIME, soon, "OK", "OK"),
            (km.USAGE_EXPIRE_DATETIME, past, "OK", "KEY_EXPIRED"),
            (km.USAGE_EXPIRE_DATETIME, soon, "OK", "OK")):
        blob = device.generate(doors.hmac(more=[(tag, when)]))
        equal(sign, doors.verdict(km.SIGN, blob, SHA), f"sign, {tag:#x}")
        equal(verify, doors.verdict(km.VERIFY, blob, [(km.DIGEST, km.SHA256)]),
              f"verify, {tag:#x}")


@test
def row_14_the_library_decides_nothing():
    """The bare call and kmctl: the same refusals."""
    cases = [(doors.hmac(more=[(km.ORIGINATION_EXPIRE_DATETIME, 1000)]), "KEY_EXPIRED"),
             (doors.hmac(more=[(km.ACTIVE_DATETIME, wall_ms() + HOUR)]), "KEY_NOT_YET_VALID"),
             (doors.hmac(purposes=[km.VERIFY]), "INCOMPATIBLE_PURPOSE"),
             (doors.hmac(more=[km.BOOTLOADER_ONLY]), "INVALID_KEY_BLOB"),
             (asking(9, timeout=10), NOT_AUTH)]
    with tempfile.NamedTemporaryFile() as file:
        for description, code in cases:
            blob = device.generate(description)
            doors.at_begin(code, km.SIGN, blob, SHA)
            with open(file.name, "wb") as f:
                f.write(blob)
            said = subprocess.run(["kmctl", "sign", "--blob", file.name], input=MESSAGE,
                                  capture_output=True, check=False)
            equal((False, b""), (said.returncode == 0, said.stdout), "refused, no output")
            equal(True, f"[{code}]" in said.stderr.decode(), said.stderr.decode())


@test
def row_19_purposes():
    blob = device.generate(doors.hmac(purposes=[km.SIGN]))
    device.begin(km.SIGN, blob, SHA).close()
    doors.at_begin("INCOMPATIBLE_PURPOSE", km.VERIFY, blob, [(km.DIGEST, km.SHA256)])


@test
def row_20_the_example_of_the_seed():
    blob = cbc_key()
    for size in range(49):
        cipher, params = encrypted(blob, bytes(range(size)))
        equal(size + 16 - size % 16, len(cipher), "length")
        equal(bytes(range(size)), device.operate(km.DECRYPT, blob, params, cipher)[0], "plain")
    doors.at_begin("INCOMPATIBLE_BLOCK_MODE", km.ENCRYPT, blob, ECB)


@test
def row_21_22_randomized_encryption():
    blob = cbc_key()
    one, params = encrypted(blob, MESSAGE)
    equal(False, one == encrypted(blob, MESSAGE)[0], "the same twice")
    equal(False, params == encrypted(blob, MESSAGE)[1], "the same IV twice")
    doors.at_begin("CALLER_NONCE_PROHIBITED", km.ENCRYPT, blob, [*CBC, (km.NONCE, bytes(16))])
    doors.at_begin("INCOMPATIBLE_BLOCK_MODE", km.ENCRYPT, blob, ECB)


@test
def row_23_one_purpose():
    blob = cbc_key([km.ENCRYPT])
    _, params = encrypted(blob, MESSAGE)
    doors.at_begin("INCOMPATIBLE_PURPOSE", km.DECRYPT, blob, params)


@test
def row_24_periods_of_their_own():
    past, soon = wall_ms() - HOUR, wall_ms() + HOUR
    decrypting = [*CBC, (km.NONCE, bytes(16))]
    for origination, usage, encrypt, decrypt in ((past, soon, "KEY_EXPIRED", "OK"),
                                                 (soon, past, "OK", "KEY_EXPIRED")):
        blob = cbc_key(more=[(km.ORIGINATION_EXPIRE_DATETIME, origination),
                             (km.USAGE_EXPIRE_DATETIME, usage)])
        for purpose, params, want in ((km.ENCRYPT, CBC, encrypt),
                                      (km.DECRYPT, decrypting, decrypt)):
            if want != "OK":
                doors.at_begin(want, purpose, blob, params)
            else:
                device.begin(purpose, blob, params).close()


@test
def row_25_import():
    """RFC 3686, test vector 1; SP 800-38A, F.2.1, first block."""
    key = device.import_key(doors.aes(km.CTR, 128),
                            bytes.fromhex("ae6852f8121067cc4bf7a5765577f39e"))
    iv = bytes.fromhex("00000030" + "0000000000000000" + "00000001")
    doors.result(bytes.fromhex("e4095d4fb7a7b3792d6175a3261311b8"), km.ENCRYPT, key,
                 doors.cipher(km.CTR, nonce=iv), b"Single block msg")
    key = device.import_key(doors.aes(km.CBC, 128),
                            bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    doors.result(bytes.fromhex("7649abac8119b246cee98e9b12e9197d"), km.ENCRYPT, key,
                 doors.cipher(km.CBC, nonce=bytes(range(16))),
                 bytes.fromhex("6bc1bee22e409f96e93d7e117393172a"))


@test
def row_49_a_good_password_is_all_it_takes():
    user = km.device_of(USER)
    _, sid = device.enroll(USER, b"secret")
    timed = user.generate(asking(sid, timeout=1000))
    equal(NOT_AUTH, opens(user, timed), "before")
    wire, _ = user.verify(USER, b"secret")
    equal("OK", opens(user, timed), "after")
    eperm(user.add_token, USER, wire)
    user.close()


@test
def row_90_presence_and_body():
    refused("UNSUPPORTED_TAG", device.generate,
            doors.hmac(more=[km.TRUSTED_USER_PRESENCE_REQUIRED]))
    blob = device.generate(doors.hmac(more=[km.ALLOW_WHILE_ON_BODY]))
    for entries in device.characteristics(blob):
        equal([], km.values(entries, km.ALLOW_WHILE_ON_BODY), "dropped")


@test
def row_99_trusted_and_untrusted_enrolment():
    uid = USER + 1
    handle, sid = device.enroll(uid, b"one")
    handle, kept = device.enroll(uid, b"two", b"one", handle)
    equal(sid, kept, "with the password: kept")
    equal(sid, token_of(device.verify(uid, b"two")[0])["sid"], "in the token")
    _, other = device.enroll(uid, b"three")
    equal(False, other in (0, sid), "without: another one")
    equal(other, token_of(device.verify(uid, b"three")[0])["sid"], "in the token")
    refused("GATEKEEPER_INVALID", device.verify, uid, b"two", handle=handle)


@test
def row_100_the_fifth_failure():
    uid = USER + 2
    device.enroll(uid, b"secret")
    for _ in range(4):
        refused("GATEKEEPER_INVALID", device.verify, uid, b"wrong")
    equal(30000, waits(device.verify, uid, b"wrong"), "the fifth")
    for _ in range(3):
        equal(True, 0 < waits(device.verify, uid, b"secret") <= 30000, "even the right one waits")
    equal(5, device.get_user(uid)["failures"], "and is not counted")


@test
def row_102_deleted_users():
    for uid in (USER + 3, USER + 4):
        device.enroll(uid, b"secret")
        device.verify(uid, b"secret")
    device.delete_user(USER + 3)
    refused("GATEKEEPER_INVALID", device.verify, USER + 3, b"secret")
    device.verify(USER + 4, b"secret")
    device.delete_user()
    refused("GATEKEEPER_INVALID", device.verify, USER + 4, b"secret")
    refused("GATEKEEPER_INVALID", device.delete_user, USER + 3)


# --- authorization.md 13 -----------------------------------------------------------------------

def enrolled(uid):
    _, sid = device.enroll(uid, b"secret")
    return sid


def flipped_mac(wire):
    return doors.flipped(wire, 8 * 40)


@test
def scenario_13_1_and_row_28_timed():
    """Row 28: how begin ends tells whether the user was there lately."""
    sid = enrolled(1)
    more = [(km.USER_SECURE_ID, sid), (km.USER_AUTH_TYPE, km.PASSWORD), (km.AUTH_TIMEOUT, 8)]
    blob = device.generate(doors.describe(km.AES, 128, [km.ENCRYPT, km.DECRYPT], [km.CTR],
                                          [km.PAD_NONE], more=more))
    doors.at_begin(NOT_AUTH, km.ENCRYPT, blob, CTR)
    wire, _ = device.verify(1, b"secret", 42)
    equal((sid, 42), (token_of(wire)["sid"], token_of(wire)["challenge"]), "token")
    params = [*CTR, (km.AUTH_TOKEN, wire)]
    doors.at_begin(NOT_AUTH, km.ENCRYPT, blob, [*CTR, (km.AUTH_TOKEN, flipped_mac(wire))])
    cipher, made = device.operate(km.ENCRYPT, blob, params, MESSAGE)
    nonce = (km.NONCE, km.values(made, km.NONCE)[0])
    equal(MESSAGE, device.operate(km.DECRYPT, blob, [*params, nonce], cipher)[0], "plain")
    time.sleep(9)
    doors.at_begin(NOT_AUTH, km.ENCRYPT, blob, params)


@test
def scenario_13_2_two_users_timed():
    sids = [enrolled(1), enrolled(2)]
    for order in (sids, sids[::-1]):
        blob = device.generate(asking(*order, timeout=1000))
        for uid in (1, 2):
            equal("OK", opens(device, blob, device.verify(uid, b"secret")[0]), f"user {uid}")


def finish(blob, challenge=None, change=bytes, uid=1):
    """How an operation ends with a token for this challenge; None: for the operation itself."""
    operation = device.begin(km.SIGN, blob, SHA)
    wire, _ = device.verify(uid, b"secret", operation.handle if challenge is None else challenge)
    code = code_of(operation.finish, MESSAGE, [(km.AUTH_TOKEN, change(wire))])
    operation.close()
    return code


@test
def scenario_13_3_each_operation():
    blob = device.generate(asking(enrolled(1)))
    with device.begin(km.SIGN, blob, SHA) as operation:
        refused(NOT_AUTH, operation.finish, MESSAGE)
    equal(NOT_AUTH, finish(blob, 42), "another challenge")
    equal("OK", finish(blob), "the handle")
    equal(NOT_AUTH, finish(blob, change=flipped_mac), "a changed MAC")


@test
def scenario_13_4_two_users_each_operation():
    blob = device.generate(asking(enrolled(1), enrolled(2)))
    for uid in (1, 2):
        equal("OK", finish(blob, uid=uid), f"user {uid}")


@test
def scenario_13_5_another_authenticator():
    blob = device.generate(asking(enrolled(1), kinds=km.FINGERPRINT))
    equal(NOT_AUTH, finish(blob), "a password")


if __name__ == "__main__":
    device = doors.device = km.ready()
    main()
