#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Every command and every way into the key type, with each of its allocations and user copies
# failing once (failing.py). What is left behind is for kmemleak, which guest.sh asks. The last
# test compares with the header: a command without a row here fails it.
# watched: for what a failure leaves behind

import ctypes
import errno
import os
import pathlib
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import attesting
import doors
import failing
import km
import tokens
import wrapping
from failing import walk
from tap import equal, main, note, test

ROOT, NEXT = bytes(range(32)), bytes(range(32, 64))
USER, PASSWORD = 1001, b"correct horse"
DATA = b"fifteen bytes.."
SHA = [(km.DIGEST, km.SHA256)]
ENDED = "INVALID_OPERATION_HANDLE"
# What only a TPM can do is walked by failnth_tpm_test.py.
# Whose output is never twice the same.
RANDOM = ("aes gcm, a nonce made", "ecdsa", "rsa pss", "rsa oaep")
WITH_A_TPM = ("KM_IOC_CREATE_ROOT_KEY",)
device = None


def fresh(root=ROOT):
    """The module anew."""
    global device
    failing.device = device = None
    failing.close_all()
    km.reload(root)
    failing.device = doors.device = device = km.Device()


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def refusal(call, *args, **named):
    """The code, the errno's name for one of the call itself, or None."""
    try:
        call(*args, **named)
    except km.Refused as e:
        return e.code if e.code != "OK" else errno.errorcode[e.errno]
    return None


RSA_KEY = rsa.generate_private_key(65537, 1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_PURPOSES = (km.SIGN, km.VERIFY, km.ENCRYPT, km.DECRYPT)
ED = doors.describe(km.EC, None, (km.SIGN, km.VERIFY), digests=(km.NO_DIGEST,), more=[
    (km.EC_CURVE, km.CURVE_25519), km.NO_AUTH_REQUIRED])
AGREE = doors.ec((), (km.AGREE_KEY,))
X = doors.ec((), (km.AGREE_KEY,), curve=km.CURVE_25519)
RSA = doors.rsa((km.PKCS1_SIGN, km.PSS, km.OAEP), (km.SHA256,), RSA_PURPOSES, 1024)
TO_MAKE = {
    "aes": doors.aes(), "des3": doors.des3(), "hmac": doors.hmac(), "ec": doors.ec(),
    "ec p521": doors.ec(curve=km.P_521), "ed25519": ED, "x25519": X, "rsa": RSA,
    "limited": doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 1)]),
    "with an id": doors.aes(more=[(km.APPLICATION_ID, b"app"), (km.APPLICATION_DATA, b"data")]),
}
TO_IMPORT = {
    "aes": (doors.aes(), bytes(32), km.RAW), "des3": (doors.des3(), bytes(range(24)), km.RAW),
    "hmac": (doors.hmac(), bytes(32), km.RAW), "ec": (doors.ec(), pkcs8(EC_KEY), km.PKCS8),
    "rsa": (RSA, pkcs8(RSA_KEY), km.PKCS8), "ed25519": (ED, bytes(range(32)), km.RAW),
    "limited": (doors.aes(km.CTR, more=[(km.USAGE_COUNT_LIMIT, 5)]), bytes(32), km.RAW),
}


# --- what needs nothing ----------------------------------------------------------------------

@test
def opening_the_device():
    fresh()
    walk("open", "open", lambda: failing.fire("open", os.open, km.DEVICE, os.O_RDWR),
         undo=os.close)


@test
def questions():
    walk("GET_INFO", km.GET_INFO, lambda: device.info())
    walk("ADD_RNG_ENTROPY", km.ADD_RNG_ENTROPY, lambda: device.add_entropy(b"x" * 2048))
    for name, command in km.SUPPORTED.items():
        walk(f"GET_SUPPORTED {name}", command,
             lambda name=name: device.supported(name, km.AES, km.ENCRYPT))


# --- keys -------------------------------------------------------------------------------------

def deleted(blob):
    if blob:
        device.delete(blob)


@test
def making_keys():
    for name, params in TO_MAKE.items():
        walk(f"GENERATE_KEY {name}", km.GENERATE_KEY, lambda p=params: device.generate(p),
             undo=deleted)
    walk("GENERATE_KEY format 0", km.GENERATE_KEY,
         lambda: device.generate(TO_MAKE["aes"], km.OCB_BLOB), undo=deleted)
    for name, args in TO_IMPORT.items():
        walk(f"IMPORT_KEY {name}", km.IMPORT_KEY, lambda a=args: device.import_key(*a),
             undo=deleted)


def nth(n, command, call, *args):
    """One call with its n-th point failing: the error, if there was one; whether it failed."""
    failing.arm(command, n)
    return refusal(call, *args), failing.fired()


@test
def no_slot_is_lost():
    """A user has 64 slots for keys with a limit. After a call that fails as late as it can there
    is room for 64 keys."""
    fresh()
    params, n, fired, late = TO_MAKE["limited"], 1, True, []
    while fired:
        code, fired = nth(n, km.GENERATE_KEY, device.generate, params)
        # The answer is written when the key is made: who cannot take it has lost a key.
        if fired and code == failing.NO_MEMORY:
            late.append(n)
        device.delete_all()
        n += 1
    tried = 0
    for n in late[-6:]:
        # What a call allocates depends a little on the calls before.
        if nth(n, km.GENERATE_KEY, device.generate, params)[0] == failing.NO_MEMORY:
            tried += 1
            for _ in range(64):
                device.generate(params)
            equal("TOO_MANY_OPERATIONS", refusal(device.generate, params), "the 65th")
        device.delete_all()
    note(f"{tried} points, the last of them {late[-1]}")
    equal(True, tried > 1, "calls that failed late")


def uses():
    """(name, key, purpose, parameters, data, signature) of what operations there are."""
    aes = {mode: device.import_key(doors.aes(mode), bytes(32)) for mode in (km.GCM, km.CTR)}
    cbc = device.import_key(doors.aes(km.CBC, padding=km.PKCS7), bytes(32))
    des3 = device.import_key(doors.des3(km.ECB, padding=km.PKCS7), bytes(range(24)))
    hmac = device.import_key(doors.hmac(), bytes(32))
    signer = device.import_key(doors.ec(), pkcs8(EC_KEY), km.PKCS8)
    crypt = device.import_key(RSA, pkcs8(RSA_KEY), km.PKCS8)
    ed = device.generate(ED)
    agree, x = device.generate(AGREE), device.generate(X)
    gcm = doors.cipher(km.GCM, nonce=bytes(12), more=[(km.ASSOCIATED_DATA, b"aad")])
    sealed = device.operate(km.ENCRYPT, aes[km.GCM], gcm, DATA)[0]
    mac = SHA + [(km.MAC_LENGTH, 256)]
    tag = device.operate(km.SIGN, hmac, mac, DATA)[0]
    ecdsa = device.operate(km.SIGN, signer, SHA, DATA)[0]
    eddsa = device.operate(km.SIGN, ed, [(km.DIGEST, km.NO_DIGEST)], DATA)[0]
    pss, oaep = [*SHA, (km.PADDING, km.PSS)], [*SHA, (km.PADDING, km.OAEP)]
    signed = device.operate(km.SIGN, crypt, pss, DATA)[0]
    hidden = device.operate(km.ENCRYPT, crypt, oaep, DATA)[0]
    return [
        ("aes gcm", aes[km.GCM], km.ENCRYPT, gcm, DATA, b""),
        ("aes gcm, a nonce made", aes[km.GCM], km.ENCRYPT, doors.cipher(km.GCM), DATA, b""),
        ("aes gcm back", aes[km.GCM], km.DECRYPT, gcm, sealed, b""),
        ("aes ctr", aes[km.CTR], km.ENCRYPT, doors.cipher(km.CTR, nonce=bytes(16)), DATA, b""),
        ("aes cbc", cbc, km.ENCRYPT, doors.cipher(km.CBC, km.PKCS7, bytes(16)), DATA, b""),
        ("des3 ecb", des3, km.ENCRYPT, doors.cipher(km.ECB, km.PKCS7), DATA, b""),
        ("hmac", hmac, km.SIGN, mac, DATA, b""),
        ("hmac verify", hmac, km.VERIFY, SHA, DATA, tag),
        ("ecdsa", signer, km.SIGN, SHA, DATA, b""),
        ("ecdsa verify", signer, km.VERIFY, SHA, DATA, ecdsa),
        ("ecdh", agree, km.AGREE_KEY, [], device.export(device.generate(AGREE)), b""),
        ("ed25519", ed, km.SIGN, [(km.DIGEST, km.NO_DIGEST)], DATA, b""),
        ("ed25519 verify", ed, km.VERIFY, [(km.DIGEST, km.NO_DIGEST)], DATA, eddsa),
        ("x25519", x, km.AGREE_KEY, [], device.export(device.generate(X)), b""),
        ("rsa pss", crypt, km.SIGN, pss, DATA, b""),
        ("rsa pss verify", crypt, km.VERIFY, pss, DATA, signed),
        ("rsa oaep", crypt, km.ENCRYPT, oaep, DATA, b""),
        ("rsa oaep back", crypt, km.DECRYPT, oaep, hidden, b""),
        ("a long message", hmac, km.SIGN, mac, b"x" * 200000, b""),
    ]


@test
def whole_operations():
    for name, key, *args in uses():
        walk(f"OPERATE {name}", km.OPERATE,
             lambda k=key, a=args: device.operate(a[0], k, *a[1:]))
        serial = km.add_key("keymaster", "failnth", key)
        walk(f"OPERATE {name}, by serial", km.OPERATE,
             lambda s=serial, a=args: device.operate(a[0], s, *a[1:]))
        km.unlink_key(serial)


def as_before_or_ended(operation, rest):
    """An operation whose call has failed goes on as if it had not been made, or has ended."""
    try:
        rest()
    except km.Refused as e:
        equal(ENDED, e.code, "how it goes on")
    operation.close()


@test
def operations_in_steps():
    for name, key, purpose, params, data, signature in uses():
        first, later = doors._apart(params)
        current = []

        def begun(purpose=purpose, key=key, first=first):
            while current:
                current.pop().close()
            current.append(device.begin(purpose, key, first))

        def half():
            begun()
            current[0].update(data[:7], later)

        walk(f"BEGIN {name}", km.BEGIN, lambda: device.begin(purpose, key, first),
             undo=lambda o: o.close() if o else None)
        want = None if name in RANDOM else (
            doors._steps(device, key, purpose, params, data, signature, lambda d: [d])[0])

        def update_failed(error):
            operation = current[0]
            try:
                out = operation.update(data, later) + operation.finish(b"", (), signature)
            except km.Refused as e:
                equal(ENDED, e.code, f"{name}: after a failed update")
                equal(True, error.code != "OK" or error.errno == errno.EFAULT,
                      f"{name}: ended by {error}")
            else:
                if want is not None:
                    equal(want, out, f"{name}: what came of it")
            begun()

        def finish_failed(error):
            operation = current[0]
            code = refusal(operation.finish, data[7:], (), signature)
            if code:
                equal(ENDED, code, f"{name}: after a failed finish")
                equal(True, error.code != "OK" or error.errno == errno.EFAULT,
                      f"{name}: ended by {error}")
            half()

        # The state is compared with that before, so there is one operation always.
        begun()
        walk(f"UPDATE {name}", km.UPDATE, lambda: current[0].update(data, later),
             failed=update_failed, undo=lambda _: begun())
        half()
        walk(f"FINISH {name}", km.FINISH, lambda: current[0].finish(data[7:], (), signature),
             failed=finish_failed, undo=lambda _: half())
        begun()
        walk(f"ABORT {name}", km.ABORT, lambda: current[0].abort(), undo=lambda _: begun(),
             failed=lambda error: begun())
        current.pop().close()


@test
def showing_and_ending_keys():
    aes, signer = device.generate(doors.aes()), device.generate(doors.ec())
    serial = km.add_key("keymaster", "failnth", signer)
    for name, key in (("blob", signer), ("serial", serial)):
        walk(f"GET_KEY_CHARACTERISTICS, {name}", km.GET_KEY_CHARACTERISTICS,
             lambda k=key: device.characteristics(k))
        walk(f"EXPORT_KEY, {name}", km.EXPORT_KEY, lambda k=key: device.export(k))
    km.unlink_key(serial)
    for description in (ED, X, RSA):
        key = device.generate(description)
        walk("EXPORT_KEY", km.EXPORT_KEY, lambda k=key: device.export(k))
    walk("DELETE_KEY", km.DELETE_KEY, lambda: device.delete(aes))
    current = []

    def limited():
        if not current:
            current.append(device.generate(TO_MAKE["limited"]))

    def gone():
        return refusal(device.characteristics, current[0]) == "INVALID_KEY_BLOB"

    for whole in (False, True):
        walk(f"DELETE_KEY limited, whole {whole}", km.DELETE_KEY,
             lambda w=whole: device.delete(current[0], w), before=limited, done=gone,
             undo=lambda _: current.clear())
    walk("DELETE_ALL_KEYS", km.DELETE_ALL_KEYS, lambda: device.delete_all(), before=limited,
         done=gone, undo=lambda _: current.clear())


@test
def limited_in_all():
    """Only what may have been handed out already is counted: an answer that cannot be written."""
    ctr, key = doors.cipher(km.CTR), []

    def make():
        key[:] = [device.generate(TO_MAKE["limited"])]

    def used():
        return refusal(device.operate, km.ENCRYPT, key[0], ctr, DATA) is not None

    walk("OPERATE, the only use", km.OPERATE,
         lambda: device.operate(km.ENCRYPT, key[0], ctr, DATA), before=make, done=used)


# --- the system ------------------------------------------------------------------------------

@test
def configuration():
    fresh()
    device.configure(os_version=120000, os_patchlevel=202401, root_of_trust=b"R" * 32)
    old = device.generate(doors.aes(km.CTR))
    fresh()
    walk("CONFIGURE", km.CONFIGURE, lambda: device.configure(
        os_version=120000, os_patchlevel=202402, root_of_trust=b"R" * 32))
    walk("UPGRADE_KEY", km.UPGRADE_KEY, lambda: device.upgrade(old))


@test
def root_keys():
    # Where it stays when the module is loaded anew.
    user = km.add_key("user", "failnth:root", ROOT, keyring=km.USER_KEYRING)
    km.permit_key(user, 0x3f3f0000)
    for name, args in (("bytes", (km.ROOT_BYTES, ROOT)), ("keyring", (km.ROOT_KEYRING, b"", user)),
                       ("ephemeral", (km.ROOT_EPHEMERAL,))):
        fresh(None)
        walk(f"LOAD_ROOT_KEY {name}", km.LOAD_ROOT_KEY, lambda a=args: device.load_root(*a),
             done=lambda: device.info()["root_source"] != km.ROOT_NONE,
             again="ROOT_OF_TRUST_ALREADY_SET", reset=lambda: fresh(None))
    km.unlink_key(user, km.USER_KEYRING)
    fresh()
    key = device.generate(doors.aes(km.CTR))
    walk("ROTATE_ROOT_KEY, prepare", km.ROTATE_ROOT_KEY, lambda: device.rotate(
        km.ROOT_BYTES, NEXT))

    def prepared():
        fresh()
        return device.rotate(km.ROOT_BYTES, NEXT)

    check, record = device.rotate(km.ROOT_BYTES, NEXT)
    walk("ROTATE_ROOT_KEY, commit", km.ROTATE_ROOT_KEY, lambda: device.commit(check),
         done=lambda: device.info()["root_check"] == check, again="INVALID_ARGUMENT",
         reset=prepared)
    walk("UPGRADE_KEY after a rotation", km.UPGRADE_KEY, lambda: device.upgrade(key))
    walk("FORGET_ROOT_KEY", km.FORGET_ROOT_KEY, device.forget_root,
         done=lambda: device.info()["root_check_before"] == bytes(16), again="INVALID_ARGUMENT",
         reset=lambda: (prepared(), device.commit(check)))
    fresh(None)
    walk("LOAD_ROOT_KEY with a record", km.LOAD_ROOT_KEY,
         lambda: device.load_root(km.ROOT_BYTES, NEXT, record=record),
         done=lambda: device.info()["root_source"] != km.ROOT_NONE,
         again="ROOT_OF_TRUST_ALREADY_SET", reset=lambda: fresh(None))


# --- users and tokens ------------------------------------------------------------------------

def enrolled():
    return refusal(device.get_user, USER) is None


@test
def users():
    fresh()

    def end(_=None):
        if enrolled():
            device.delete_user(USER)

    walk("GATEKEEPER_ENROLL", km.GATEKEEPER_ENROLL, lambda: device.enroll(USER, PASSWORD),
         done=enrolled, undo=end, also=("GATEKEEPER_UNKNOWN",))
    device.enroll(USER, PASSWORD)
    sid = device.get_user(USER)["sid"]
    # A right password that the kernel has not come to judge was an attempt, and the next
    # right one ends the count.
    walk("GATEKEEPER_VERIFY", km.GATEKEEPER_VERIFY, lambda: device.verify(USER, PASSWORD),
         failed=lambda _: device.verify(USER, PASSWORD), also=("GATEKEEPER_UNKNOWN",))
    walk("GATEKEEPER_ENROLL, a new password", km.GATEKEEPER_ENROLL,
         lambda: device.enroll(USER, PASSWORD, PASSWORD), also=("GATEKEEPER_UNKNOWN",),
         failed=lambda _: device.verify(USER, PASSWORD))
    equal(sid, device.get_user(USER)["sid"], "SID")
    walk("GATEKEEPER_GET_USER", km.GATEKEEPER_GET_USER, lambda: device.get_user(USER))
    for name, args in (("", (USER,)), (" all", ())):
        walk(f"GATEKEEPER_DELETE_USER{name}", km.GATEKEEPER_DELETE_USER,
             lambda a=args: device.delete_user(*a), done=lambda: not enrolled(),
             before=lambda: enrolled() or device.enroll(USER, PASSWORD),
             also=("GATEKEEPER_UNKNOWN",))


@test
def tokens_and_locks():
    fresh(tokens.ROOT)
    walk("GET_HMAC_SHARING_PARAMETERS", km.GET_HMAC_SHARING_PARAMETERS, device.hmac_party)
    parties = [device.hmac_party()]
    walk("COMPUTE_SHARED_HMAC", km.COMPUTE_SHARED_HMAC, lambda: device.share_hmac(parties))
    key = tokens.share(device)
    sid = device.enroll(USER, PASSWORD)[1]
    token = tokens.make(key, sid)
    walk("ADD_AUTH_TOKEN", km.ADD_AUTH_TOKEN, lambda: device.add_token(USER, token))
    walk("VERIFY_AUTHORIZATION", km.VERIFY_AUTHORIZATION,
         lambda: device.verify_authorization(7, token))
    walk("CONFIRM", km.CONFIRM, lambda: device.confirm(b"message"))
    walk("OPEN_AUTHENTICATOR", km.OPEN_AUTHENTICATOR,
         lambda: device.open_authenticator(km.FINGERPRINT), undo=lambda a: a and a.close())
    finger = device.open_authenticator(km.FINGERPRINT)
    walk("MINT_AUTH_TOKEN", km.MINT_AUTH_TOKEN, lambda: finger.mint(USER))
    finger.close()
    # Each kind of condition that begin and finish look at.
    asked = device.generate(tokens.asking(sid))
    timed = device.generate(tokens.asking(sid, timeout=100))
    device.add_token(USER, tokens.make(key, sid))
    walk("BEGIN of a key that asks for a time", km.BEGIN, lambda: device.begin(
        km.SIGN, timed, tokens.SHA + [(km.AUTH_TOKEN, tokens.make(key, sid))]),
        undo=lambda o: o and o.close())
    current = []

    def begin(_=None):
        while current:
            current.pop().close()
        current.append(device.begin(km.SIGN, asked, tokens.SHA))

    begin()
    walk("FINISH with a token", km.FINISH, lambda: current[0].finish(DATA, [
        (km.AUTH_TOKEN, tokens.make(key, sid, current[0].handle))]), undo=begin, failed=begin)
    current.pop().close()


@test
def kept_state():
    fresh()
    kept = "/tmp/failnth-state"
    helper = pathlib.Path("/tmp/failnth-helper")
    helper.write_text("#!/bin/sh\nexec /run/keymaster/bin/kmctl save-state \"$1\"\n")
    helper.chmod(0o755)
    walk("LOAD_STATE", km.LOAD_STATE, lambda: device.load_state(helper, kept),
         done=lambda: device.info()["state"] == 1, again="EEXIST", reset=fresh)
    walk("GET_STATE", km.GET_STATE, device.get_state)


# --- certificates ------------------------------------------------------------------------------

@test
def attestation():
    fresh()
    maker = attesting.Maker()
    asked = [(km.ATTESTATION_CHALLENGE, b"foo"), (km.ATTESTATION_APPLICATION_ID, b"app"),
             *attesting.DATES]
    ids = [(km.ATTESTATION_ID_SERIAL, b"1234"), (km.ATTESTATION_ID_BRAND, b"brand")]

    def has_key():
        try:
            device.delete(attesting.make(device, doors.ec(more=asked))[0])
        except km.Refused:
            return False
        return True

    walk("PROVISION_ATTESTATION key", km.PROVISION_ATTESTATION, lambda: attesting.provision(
        device, maker.keys[km.EC], maker.chains[km.EC]), done=has_key,
        again="ROOT_OF_TRUST_ALREADY_SET", reset=fresh)

    def with_key():
        fresh()
        attesting.provision(device, maker.keys[km.EC], maker.chains[km.EC])

    walk("PROVISION_ATTESTATION ids", km.PROVISION_ATTESTATION,
         lambda: attesting.provision(device, ids=ids), again="ROOT_OF_TRUST_ALREADY_SET",
         reset=with_key)
    walk("GENERATE_KEY attested", km.GENERATE_KEY,
         lambda: attesting.make(device, doors.ec(more=[*asked, ids[0]]))[0], undo=deleted)
    walk("GENERATE_KEY self-signed", km.GENERATE_KEY,
         lambda: attesting.make(device, doors.ec(more=attesting.DATES))[0], undo=deleted)
    walk("IMPORT_KEY attested", km.IMPORT_KEY,
         lambda: attesting.make(device, doors.ec(more=asked), pkcs8(EC_KEY))[0], undo=deleted)
    signer = attesting.make(device, doors.ec(purposes=(km.ATTEST_KEY,), more=attesting.DATES))[0]
    issuer = attesting.name("Android Keystore Key").public_bytes()
    walk("GENERATE_KEY attested by a key", km.GENERATE_KEY, lambda: attesting.make(
        device, doors.ec(more=asked), signer=signer, issuer=issuer)[0], undo=deleted)
    key = device.generate(doors.ec())
    serial = km.add_key("keymaster", "failnth", key)
    for name, one in (("blob", key), ("serial", serial)):
        walk(f"ATTEST_KEY, {name}", km.ATTEST_KEY_NOW,
             lambda k=one: attesting.attest(device, k, asked))
    km.unlink_key(serial)
    walk("PROVISION_ATTESTATION close", km.PROVISION_ATTESTATION,
         lambda: attesting.provision(device, close=True), again="ROOT_OF_TRUST_ALREADY_SET",
         reset=fresh)
    walk("DESTROY_ATTESTATION_IDS", km.DESTROY_ATTESTATION_IDS,
         lambda: attesting.destroy_ids(device))


@test
def wrapped_keys():
    key = device.import_key(doors.rsa((km.OAEP,), (km.SHA256,), (km.WRAP_KEY,)),
                            wrapping.V["pkcs8"], km.PKCS8)
    walk("IMPORT_WRAPPED_KEY", km.IMPORT_WRAPPED_KEY, lambda: device.import_wrapped(
        wrapping.V["wrapped_masked"], key, wrapping.V["mask"], wrapping.UNWRAP))


# --- the key type ----------------------------------------------------------------------------

@test
def keyring():
    fresh()
    blob = device.generate(doors.aes())
    walk("add_key", "add_key", lambda: km.add_key("keymaster", "failnth", blob),
         undo=lambda serial: serial and km.unlink_key(serial))
    serial = km.add_key("keymaster", "failnth", blob)
    buffer = ctypes.create_string_buffer(1 << 16)
    for name, command, *args in (
            ("read", 11, serial, ctypes.addressof(buffer), len(buffer)),
            ("describe", 6, serial, ctypes.addressof(buffer), len(buffer)),
            ("set permissions", 5, serial, 0x3f3f0000), ("change the owner", 4, serial, 0, 0),
            ("set a timeout", 15, serial, 1000)):
        walk(f"keyctl {name}", f"keyctl {command}", lambda c=command, a=args: km._keyctl(c, *a))
    # There is no update: a key stays what it is.
    for n in range(1, 100):
        failing.arm("keyctl 2", n)
        try:
            km._keyctl(2, serial, ctypes.addressof(buffer), 100)
            raise AssertionError("updated")
        except OSError as e:
            if not failing.fired():
                equal(errno.EOPNOTSUPP, e.errno, "update")
                break
    equal(blob, km.read_key(serial), "the key")
    current = [serial]

    def another():
        current[:] = [km.add_key("keymaster", "failnth", blob)]

    def gone():
        try:
            km._keyctl(6, current[0], 0, 0)
            device.characteristics(current[0])
        except (OSError, km.Refused):
            return True
        return False

    for name, command in (("revoke", 3), ("invalidate", 21), ("unlink", 9)):
        args = (-2,) if command == 9 else ()
        walk(f"keyctl {name}", f"keyctl {command}",
             lambda c=command, a=args: km._keyctl(c, current[0], *a), before=another)


REQUEST = b"new alg=ec curve=p256 purpose=sign,verify digest=sha256 noauth application-id=app"


@test
def keyring_requests():
    """Payloads that are text: a new key, a counted one, one that asks for its application id."""
    fresh()
    for name, request in (("new", REQUEST), ("new, counted", REQUEST + b" usage-count-limit=5"),
                          ("load", b"load application-id=app\n" +
                           device.generate(doors.ec(more=[(km.APPLICATION_ID, b"app")])))):
        def undo(serial):
            if serial:
                km.unlink_key(serial)
            device.delete_all()

        walk(f"add_key {name}", "add_key", lambda r=request: km.add_key("keymaster", "failnth", r),
             undo=undo)


def pkey(operation, serial, info, data, out, out_len):
    params = struct.pack("<iII7I", serial, len(data), out_len, *[0] * 7)
    return km._keyctl(operation, *keep(params, info, data, out))


def keep(*arguments):
    """Buffers that live until the next call."""
    _kept[:] = [ctypes.create_string_buffer(a, len(a)) if isinstance(a, bytes) else a
                for a in arguments]
    return [ctypes.addressof(k) for k in _kept]


_kept = []


@test
def public_keys():
    """What keyctl calls pkey_query, pkey_encrypt, pkey_decrypt, pkey_sign and pkey_verify."""
    fresh()
    signer = km.add_key("keymaster", "signer", device.import_key(doors.ec(), pkcs8(EC_KEY), km.PKCS8))
    crypt = km.add_key("keymaster", "crypt", device.import_key(RSA, pkcs8(RSA_KEY), km.PKCS8))
    x962, oaep = b"enc=x962 hash=sha256\0", b"enc=oaep hash=sha256\0"
    out = ctypes.create_string_buffer(256)
    n = pkey(27, signer, x962, DATA, out, 72)
    signature = out.raw[:n].ljust(72, b"\0")
    n = pkey(25, crypt, oaep, DATA, out, 128)
    hidden = out.raw[:n]
    walk("keyctl pkey_query", "keyctl 24", lambda: km._keyctl(24, signer, 0, *keep(x962, out)))
    for name, operation, key, info, data, room, other in (
            ("sign", 27, signer, x962, DATA, 72, out), ("encrypt", 25, crypt, oaep, DATA, 128, out),
            ("decrypt", 26, crypt, oaep, hidden, 128, out),
            ("verify", 28, signer, x962, DATA, 72, signature)):
        walk(f"keyctl pkey_{name}", f"keyctl {operation}",
             lambda o=operation, k=key, i=info, d=data, r=room, b=other: pkey(o, k, i, d, b, r))
    for serial in (signer, crypt):
        km.unlink_key(serial)


@test
def the_bridge():
    fresh()
    km.join_session()
    key = device.import_key([(km.ALGORITHM, km.HMAC), (km.KEY_SIZE, 512), (km.BRIDGE, 1),
                             km.NO_AUTH_REQUIRED], bytes(64))

    def there():
        return bool(km.key_serials(km.SESSION_KEYRING))

    walk("BRIDGE_KEY", km.BRIDGE_KEY, lambda: device.bridge(key, 1, b"km:failnth"), done=there,
         undo=lambda _: km._keyctl(7, km.SESSION_KEYRING), again="EEXIST")


# --- what keeps the module from being unloaded, for the rest of the boot ------------------------

@test
def until_the_next_boot():
    fresh()
    for name, limit in (("in a boot", km.MAX_USES_PER_BOOT),
                        ("in a while", km.MIN_SECONDS_BETWEEN_OPS)):
        key, begin = [], lambda: device.begin(km.ENCRYPT, key[0], doors.cipher(km.CTR))

        def make(limit=limit, key=key):
            key[:] = [device.generate(doors.aes(km.CTR, more=[(limit, 1 if "boot" in name else 99)]))]

        def used(begin=begin):
            try:
                begin().close()
            except km.Refused:
                return True
            return False

        walk(f"BEGIN, the only one {name}", km.BEGIN, begin, before=make, done=used,
             undo=lambda o: o and o.close())
    walk("SET_BOOT_LEVEL", km.SET_BOOT_LEVEL, lambda: device.set_boot_level(3),
         done=lambda: device.info()["boot_level"] == 3)
    walk("EARLY_BOOT_ENDED", km.EARLY_BOOT_ENDED, device.early_boot_ended)
    for name, args in (("", (USER,)), (" all", ())):
        walk(f"DEVICE_LOCKED{name}", km.DEVICE_LOCKED, lambda a=args: device.lock(*a))


@test
def nothing_is_left_out():
    """A command of the header that no row has walked; and what was walked, counted."""
    commands = failing.header_commands()
    equal(True, len(commands) > 40, "the header was read")
    missing = [name for number, name in commands.items()
               if number not in failing.walked and name not in WITH_A_TPM]
    equal([], missing, "commands without a row")
    for command in ("open", "add_key", *(f"keyctl {n}" for n in (3, 6, 11, 21, *range(24, 29)))):
        equal(True, command in failing.walked, command)
    points = sum(map(sum, failing.walked.values()))
    note(f"{len(failing.walked)} commands, {sum(map(len, failing.walked.values()))} calls, "
         f"{points} points that failed")


if __name__ == "__main__":
    main()
