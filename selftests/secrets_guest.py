#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# secrets_guest.py FOLDER [TEST...] - the guest's half of vm/secrets_test.sh: gives secrets to the
# kernel, uses them, ends them, and has the host search all memory after each of these.
#
# What a test has to see first is that a secret is found while it is there.

import time

import attesting
import bridging
import doors
import hiding
import km
import pkeys
import tap
from secret_search import (PUBLIC, SECRETS, always, children, end, hidden, in_child, search, start,
                           used_up, wait_for_collector)
from tap import equal, refused, test
from wrapping import UNWRAP

KINDS = ("aes", "hmac", "ec", "rsa", "ed25519", "x25519")
device = None


# --- keys of all kinds ---------------------------------------------------------------------

PARAMS = {
    "aes": doors.aes(), "hmac": doors.hmac(),
    "ec": doors.ec(purposes=(km.SIGN,)),
    "rsa": doors.rsa([km.PKCS1_SIGN], [km.SHA256], [km.SIGN]),
    "ed25519": doors.ec([km.NO_DIGEST], [km.SIGN], curve=km.CURVE_25519),
    "x25519": doors.ec([], [km.AGREE_KEY], curve=km.CURVE_25519),
}
USES = {
    "aes": (km.ENCRYPT, doors.cipher(km.GCM)),
    "hmac": (km.SIGN, [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)]),
    "ec": (km.SIGN, [(km.DIGEST, km.SHA256)]),
    "rsa": (km.SIGN, [(km.PADDING, km.PKCS1_SIGN), (km.DIGEST, km.SHA256)]),
    "ed25519": (km.SIGN, [(km.DIGEST, km.NO_DIGEST)]),
    "x25519": (km.AGREE_KEY, []),
}
# The generator of Curve25519, as a peer has it.
PEER = bytes.fromhex("302a300506032b656e032100") + b"\x09" + bytes(31)


def named(use):
    return [f"{kind} {use}" for kind in KINDS]


def import_it(kind, key, more=(), form=km.GCM_BLOB):
    key_format = km.PKCS8 if kind in ("ec", "rsa") else km.RAW
    return device.import_key([*PARAMS[kind], *more], key, key_format, form)


def bring_in(kind, use, more=(), form=km.GCM_BLOB):
    with hidden(f"{kind} {use}") as key:
        return import_it(kind, key, more, form)


def bring_in_all(use):
    return {kind: bring_in(kind, use) for kind in KINDS}


def text(kind):
    return PEER if kind == "x25519" else b"some words " * 20


def use_whole(kind, key):
    purpose, params = USES[kind]
    device.operate(purpose, key, params, text(kind))


def begin(kind, key):
    """An operation that has seen data."""
    purpose, params = USES[kind]
    operation = device.begin(purpose, key, params)
    operation.update(text(kind)[:0 if kind == "x25519" else 70])
    return operation


def add(use):
    """Loaded keys of all kinds, each used once by its serial number."""
    keys = {kind: km.add_key("keymaster", f"{kind} {use}", blob)
            for kind, blob in bring_in_all(use).items()}
    for kind, serial in keys.items():
        use_whole(kind, serial)
    search(named(use))
    return keys


# --- tests -----------------------------------------------------------------------------------

@test
def the_search_finds():
    """The control: by what gives the secrets to the kernel, and leaves nothing."""
    search()
    for name in [*named("sender"), "password pam"]:
        with hidden(name):
            time.sleep(0)
    search()
    with hidden("aes sender"), hidden("hmac sender"), hidden("ed25519 sender"), \
            hidden("password pam"):
        # A PKCS#8 key has them in the order of its numbers.
        search(["aes sender", "hmac sender", "ed25519 sender", "password pam"])
    with hidden("rsa sender"), hidden("ec sender"):
        search(["rsa sender", "ec sender"])
    search()


@test
def root_key():
    global device
    km.reload()
    search()
    device = start()
    # Not the root key itself; each of its children once. From here on in every search.
    search()


@test
def left_on_the_stack():
    """Of calls after which nothing else has happened."""
    callers = [in_child(lambda kind=kind: used_up(
        f"{kind} stack", lambda key: import_it(kind, key))) for kind in KINDS]
    search()
    blobs = bring_in_all("stack")
    callers += [in_child(lambda kind=kind: use_whole(kind, blobs[kind])) for kind in KINDS]
    callers += [in_child(lambda kind=kind: begin(kind, blobs[kind]).abort()) for kind in KINDS]
    search()
    end(*callers)


@test
def import_keeps_nothing():
    blobs = bring_in_all("imported")
    learn = [(f"kek of {kind}", "kek", blobs[kind].hex()) for kind in KINDS]
    search(learn=learn)
    bring_in("aes", "imported", form=km.OCB_BLOB)
    bring_in("hmac", "imported", form=km.OCB_BLOB)
    search()
    for kind, blob in blobs.items():
        device.characteristics(blob)
        if kind not in ("aes", "hmac"):
            device.export(blob)
        device.delete(blob)
    search()


@test
def refused_imports():
    """Each at another place: the key has been read by then, or not."""
    wrong = {"aes": [(km.KEY_SIZE, 128)], "hmac": [(km.KEY_SIZE, 128)], "ec": [(km.KEY_SIZE, 384)],
             "rsa": [(km.KEY_SIZE, 1024)], "ed25519": [(km.KEY_SIZE, 255)],
             "x25519": [(km.KEY_SIZE, 255)]}
    for kind, size in wrong.items():
        params = [p for p in PARAMS[kind] if not isinstance(p, tuple) or p[0] != km.KEY_SIZE]
        with hidden(f"{kind} refused") as key:
            refused("IMPORT_PARAMETER_MISMATCH", device.import_key, params + size, key,
                    km.PKCS8 if kind in ("ec", "rsa") else km.RAW)
    for kind in ("rsa", "ec"):
        with hidden(f"{kind} refused") as key:
            refused("UNSUPPORTED_KEY_FORMAT", device.import_key, PARAMS[kind], key, km.RAW)
        with hiding.Hidden([half[:-2] for half in SECRETS[f"{kind} refused"]]) as cut:
            refused("INVALID_ARGUMENT", device.import_key, PARAMS[kind], cut, km.PKCS8)
    search()


@test
def revoked():
    for serial in add("revoked").values():
        km.revoke_key(serial)
    search()
    km.clear_keys()


@test
def unlinked():
    for serial in add("unlinked").values():
        km.unlink_key(serial)
    # The open file remembers the last key that it used, for a second.
    time.sleep(2)
    wait_for_collector("unlinked")
    search()


@test
def invalidated():
    for serial in add("invalidated").values():
        km.invalidate_key(serial)
    time.sleep(2)
    wait_for_collector("invalidated")
    search()


@test
def finished():
    operations = {kind: begin(kind, blob) for kind, blob in bring_in_all("finished").items()}
    search(named("finished"))
    for kind, operation in operations.items():
        operation.finish(text(kind))
    # The files are open still.
    search()
    for operation in operations.values():
        operation.close()


@test
def closed():
    operations = [begin(kind, blob) for kind, blob in bring_in_all("closed").items()]
    search(named("closed"))
    for operation in operations[::2]:
        operation.abort()
    for operation in operations[1::2]:
        operation.close()
    search()
    for operation in operations[::2]:
        operation.close()


@test
def killed():
    blobs = bring_in_all("killed")
    child = in_child(lambda: [begin(kind, blob) for kind, blob in blobs.items()])
    search(named("killed"))
    end(child)
    search()


@test
def whole_calls():
    """Begin, data and end in one call, by the blob; streams that end at once; refusals."""
    blobs = bring_in_all("whole")
    for kind, blob in blobs.items():
        use_whole(kind, blob)
        begin(kind, blob).close()
    refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, blobs["aes"],
            doors.cipher(km.GCM, nonce=bytes(12)), bytes(100))
    refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blobs["hmac"],
            [(km.DIGEST, km.SHA256)], b"text", bytes(32))
    refused("INVALID_ARGUMENT", device.operate, km.AGREE_KEY, blobs["x25519"], [], b"no peer")
    search()
    # More than the buffer of a file has room for.
    for kind in ("aes", "hmac"):
        device.operate(*(USES[kind][0], blobs[kind], USES[kind][1], bytes(300000)))
    search()


@test
def keyctl_operations():
    """By keyctl's own calls, which have buffers of their own."""
    pkeys.session()
    serials = [pkeys.load(bring_in(kind, "keyctl")) for kind in ("rsa", "ec")]
    search(["rsa keyctl", "ec keyctl"])
    pkeys.library.sign(serials[0], "enc=pkcs1 hash=sha256", bytes(32))
    pkeys.library.sign(serials[1], "enc=x962 hash=sha256", bytes(32))
    for serial in serials:
        km.revoke_key(serial)
    search()
    for serial in serials:
        km.unlink_key(serial, km.SESSION_KEYRING)


@test
def token_key():
    """Agreed with nobody else, so that it is one that we can know."""
    seed, nonce = device.hmac_party()
    equal(b"", seed, "seed")
    device.share_hmac([(seed, nonce)])
    always["token key"] = 1
    search(learn=[("token key", "token key", nonce.hex())])
    device.open_authenticator(km.FINGERPRINT).close()
    device.verify_authorization(1)
    search()


@test
def attestation_keys():
    """They are in the state from then on, each once as the key and no second time."""
    always.update({"rsa attest": None, "ec attest": None})
    for kind in ("rsa", "ec"):
        with hidden(f"{kind} attest") as key:
            attesting.provision(device, key, bytes.fromhex(PUBLIC[f"{kind} chain"]))
    search()
    for params in (PARAMS["ec"], PARAMS["rsa"]):
        _, chain = attesting.make(device, [*params, *attesting.DATES,
                                           (km.ATTESTATION_CHALLENGE, b"challenge"),
                                           (km.ATTESTATION_APPLICATION_ID, b"id")])
        equal(2, len(chain), "certificates")
    device.get_state()
    search()


@test
def wrapped():
    with hidden("rsa wrapping") as key:
        wrapping_key = device.import_key(doors.rsa([km.OAEP], [km.SHA256], [km.WRAP_KEY], 1024),
                                         key, km.PKCS8)
    sealed = bytes.fromhex(PUBLIC["wrapped"])
    blob = device.import_wrapped(sealed, wrapping_key, b"", UNWRAP)
    search()
    with device.begin(km.ENCRYPT, blob, [(km.BLOCK_MODE, km.ECB), (km.PADDING, km.PKCS7)]):
        search(["wrapped key"])
    refused("VERIFICATION_FAILED", device.import_wrapped, sealed[:-1] + bytes([sealed[-1] ^ 1]),
            wrapping_key, b"", UNWRAP)
    search()


@test
def bridged():
    """Ours until it is handed over, and then the kernel's own."""
    with hidden("hmac bridged") as key:
        blob = device.import_key(bridging.describe(km.LOGON), key, km.RAW)
    search()
    serial = device.bridge(blob, km.LOGON, b"km:secrets", km.PROCESS_KEYRING)
    search({"hmac bridged": 1})
    km.unlink_key(serial)
    wait_for_collector("km:secrets")
    search()


@test
def rotation():
    with hidden("root 2") as key:
        check, _ = device.rotate(km.ROOT_BYTES, key)
    search(children("root 2"))
    device.commit(check)
    always.update(children("root 2"))
    search()
    device.forget_root()
    for name in children("root 1"):
        del always[name]
    search()


@test
def unloaded():
    device.close()
    km.clear_keys()
    always.clear()
    km.unload()
    search()


if __name__ == "__main__":
    # Its tests come behind these, in the same boot.
    import secrets_programs     # noqa: F401
    tap.main()
