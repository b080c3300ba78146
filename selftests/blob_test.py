#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Key blobs: every damage is refused, nothing repeats, nobody else's opens, and what is inside
# is what the format says, shown by taking blobs apart with another implementation.
# watched: much is refused, at every stage

import errno
import fcntl
import os
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec as openssl_ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import doors
import km
from blobs import check_of, take_apart
from tap import equal, main, note, refused, test

ROOT = bytes(range(32))
OTHER_ROOT = bytes(range(1, 33))
USER, OTHER_USER = 4242, 4343
DESCRIPTIONS = {"AES": doors.aes(), "EC": doors.ec(), "HMAC": doors.hmac()}


# --- damage -----------------------------------------------------------------------------------

def parameters(kind):
    return {"AES": doors.cipher(km.GCM), "EC": [(km.DIGEST, km.SHA256)],
            "HMAC": [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)]}[kind]


def purpose(kind):
    return km.ENCRYPT if kind == "AES" else km.SIGN


class Victims:
    """A key of each kind in each format, and what must be refused of them."""

    def __init__(self, kinds=("AES", "EC")):
        self.device = km.Device()
        self.keys = [(kind, name, self.device.generate(DESCRIPTIONS[kind], form))
                     for kind in kinds for name, form in km.FORMATS.items()]
        for kind, _, blob in self.keys:
            self.device.characteristics(blob)
            self.device.operate(purpose(kind), blob, parameters(kind), b"text")

    def refuse(self, kind, blob, what):
        for call, args in ((self.device.characteristics, (blob,)),
                           (self.device.begin, (purpose(kind), blob, parameters(kind)))):
            try:
                call(*args)
            except km.Refused as e:
                if e.code != "INVALID_KEY_BLOB":
                    raise AssertionError(f"{what}: {call.__name__}: {e}") from None
            else:
                raise AssertionError(f"{what}: {call.__name__} took it")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        equal(0, self.device.info()["operations"], "operations left")
        self.device.close()


@test
def every_single_bit():
    with Victims() as v:
        for kind, form, blob in v.keys:
            for bit in range(8 * len(blob)):
                bad = bytearray(blob)
                bad[bit // 8] ^= 1 << bit % 8
                v.refuse(kind, bytes(bad), f"{kind}, {form}, bit {bit}")
            note(f"{kind}, {form}: {8 * len(blob)} bits")


@test
def every_truncation():
    with Victims() as v:
        for kind, form, blob in v.keys:
            for n in range(1, len(blob)):
                v.refuse(kind, blob[:n], f"{kind}, {form}, {n} bytes of {len(blob)}")
                v.refuse(kind, blob[-n:], f"{kind}, {form}, last {n} bytes")


@test
def every_extension():
    with Victims() as v:
        for kind, form, blob in v.keys:
            for n in range(1, 65):
                for tail in (bytes(n), os.urandom(n), blob[:n]):
                    v.refuse(kind, blob + tail, f"{kind}, {form}, {n} bytes more")
                    v.refuse(kind, tail + blob, f"{kind}, {form}, {n} bytes before")


@test
def every_other_format_byte():
    with Victims() as v:
        for kind, form, blob in v.keys:
            for value in set(range(256)) - {blob[0]}:
                v.refuse(kind, bytes([value]) + blob[1:], f"{kind}, {form}, as {value}")


@test
def lengths_and_counts():
    """Each u32 of the blob, wherever it stands, with the values that break parsers."""
    with Victims() as v:
        for kind, form, blob in v.keys:
            for at in range(1, len(blob) - 3):
                (n,) = struct.unpack_from("<I", blob, at)
                for value in {0, 1, n + 1, n - 1, len(blob), 1 << 16, 0x7fffffff, 1 << 31,
                              0xfffffff0, 0xffffffff} - {n}:
                    if value < 0 or at % 3 and value not in (0xffffffff, 1 << 31):
                        continue
                    bad = blob[:at] + struct.pack("<I", value & 0xffffffff) + blob[at + 4:]
                    if bad != blob:
                        v.refuse(kind, bad, f"{kind}, {form}, {value:#x} at {at}")


@test
def garbage():
    with Victims() as v:
        for n in (1, 2, 4, 16, 41, 53, 100, 300, 4096, 65536):
            for first in (b"\0", b"\3", b"\3\x0c\0\0\0", b"\0\x0c\0\0\0", b"PK#8", b"\xff"):
                v.refuse("AES", (first + os.urandom(n))[:n], f"{n} bytes")


@test
def splices():
    """Parts of two good blobs of the same description and owner, in every combination."""
    with Victims() as v:
        for kind in ("AES", "EC"):
            for form in km.FORMATS.values():
                a, b = (v.device.generate(DESCRIPTIONS[kind], form) for _ in range(2))
                cut = km.Blob(a).sets_at
                v.refuse(kind, a[:cut] + b[cut:], "sets of another")
                ours, theirs = km.Blob(a), km.Blob(b)
                fixed = a[cut - 8:cut] if form == km.GCM_BLOB else b""
                for mask in range(1, 31):
                    parts = [(ours, theirs)[mask >> i & 1] for i in range(5)]
                    new = bytes([a[0]])
                    for part, value in ((parts[0], "nonce"), (parts[1], "ciphertext"),
                                        (parts[2], "tag")):
                        piece = getattr(part, value)
                        new += struct.pack("<I", len(piece)) + piece
                    new += fixed + parts[3].enforced_bytes + parts[4].unenforced_bytes
                    if new in (a, b):
                        continue
                    v.refuse(kind, new, f"{kind}, parts {mask:05b}")


@test
def format_exchange():
    """A blob of one format put into the layout of the other."""
    with Victims() as v:
        for kind, form, blob in v.keys:
            cut = km.Blob(blob).sets_at
            if blob[0] == 0:
                bad = b"\3" + blob[1:cut] + struct.pack("<Ii", 1, 0) + blob[cut:]
            else:
                bad = b"\0" + blob[1:cut - 8] + blob[cut:]
            km.Blob(bad)
            v.refuse(kind, bad, f"{kind}, {form}")


@test
def changed_authorizations():
    """Well-formed sets with one entry added, removed, doubled, moved or raised."""
    with Victims() as v:
        for kind, form, blob in v.keys:
            parts = km.Blob(blob)
            cut = parts.sets_at
            for which in ("enforced", "unenforced"):
                entries = getattr(parts, which)
                changes = [entries + [e] for e in entries]
                changes += [entries[:i] + entries[i + 1:] for i in range(len(entries))]
                changes += [entries[:i] + [entries[i + 1], entries[i]] + entries[i + 2:]
                            for i in range(len(entries) - 1)]
                changes += [entries + [(km.PURPOSE, p)] for p in range(4)]
                changes += [entries + [e] for e in ((km.SHAREABLE, 1), (km.ALL_USERS, 1))]
                for change in changes:
                    if change == entries:
                        continue
                    sets = {"enforced": parts.enforced, "unenforced": parts.unenforced}
                    sets[which] = change
                    v.refuse(kind, blob[:cut] + km.pack(sets["enforced"]) +
                             km.pack(sets["unenforced"]), f"{kind}, {form}, {change}")
            moved = (blob[:cut] + km.pack(parts.enforced[:-1]) +
                     km.pack([parts.enforced[-1]] + parts.unenforced))
            v.refuse(kind, moved, "moved between the sets")
            swapped = blob[:cut] + parts.unenforced_bytes + parts.enforced_bytes
            v.refuse(kind, swapped, "sets exchanged")


# --- nothing repeats --------------------------------------------------------------------------

@test
def ten_thousand_blobs():
    device = km.Device()
    for name, form, number in (("format 3", km.GCM_BLOB, 10000), ("format 0", km.OCB_BLOB, 2000)):
        params = km.pack(DESCRIPTIONS["AES"])
        seen = {part: set() for part in ("nonce", "ciphertext", "tag", "id")}
        for _ in range(number):
            blob = km.Blob(device.generate(params, form))
            (ident,) = km.values(blob.enforced, km.KEY_ID)
            equal(16, len(ident), "key id")
            seen["nonce"].add(blob.nonce)
            seen["ciphertext"].add(blob.ciphertext[:8])
            seen["tag"].add(blob.tag)
            seen["id"].add(ident)
        for part, found in seen.items():
            equal(number, len(found), f"{name}, different {part}")
        note(f"{number} blobs in {name}")
    device.close()


@test
def same_material_never_looks_the_same():
    """A caller's NONCE in the description does not reach the wrapping (CVE-2021-25444)."""
    device = km.Device()
    material = bytes(32)
    for form in km.FORMATS.values():
        for more in ([], [(km.NONCE, bytes(12))], [(km.NONCE, bytes(16))]):
            blobs = [km.Blob(device.import_key(doors.aes(more=more), material, km.RAW, form))
                     for _ in range(50)]
            for part in ("nonce", "ciphertext", "tag"):
                equal(50, len({getattr(b, part) for b in blobs}), part)
            equal(False, bytes(12) in {b.nonce for b in blobs}, "the caller's nonce")
            equal([], km.values(blobs[0].enforced + blobs[0].unenforced, km.NONCE), "stored")
    device.close()


@test
def ciphertexts_do_not_add_up():
    """With one KEK and nonce for two keys their sum would be the sum of the ciphertexts."""
    device = km.Device()

    def xor(a, b):
        return bytes(x ^ y for x, y in zip(a, b))

    materials = [os.urandom(32) for _ in range(20)]
    for form in km.FORMATS.values():
        ciphers = [km.Blob(device.import_key(doors.aes(size=256), m, km.RAW, form)).ciphertext
                   for m in materials]
        # As streams of bytes, and block by block, which is what OCB would show.
        for i, (a, cipher_a) in enumerate(zip(materials, ciphers)):
            for b, cipher_b in zip(materials[:i], ciphers[:i]):
                equal(32, len(cipher_a), "as long as the material")
                for at in (0, 16):
                    part = slice(at, at + 16)
                    equal(False, xor(cipher_a, cipher_b)[part] == xor(a, b)[part], "sums")
    device.close()


# --- what is inside ---------------------------------------------------------------------------

def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def load_der(data):
    return serialization.load_der_private_key(data, None)


@test
def imported_material_is_hidden_but_there():
    device = km.Device()
    for form in km.FORMATS.values():
        material = os.urandom(32)
        for kind in ("AES", "HMAC"):
            blob = device.import_key(DESCRIPTIONS[kind], material, km.RAW, form)
            for at in range(len(material) - 3):
                equal(-1, blob.find(material[at:at + 4]), f"{kind}: material in the clear")
            equal(material, take_apart(blob, ROOT), kind)
        key = openssl_ec.generate_private_key(openssl_ec.SECP256R1())
        secret = key.private_numbers().private_value
        blob = device.import_key(DESCRIPTIONS["EC"], pkcs8(key), km.PKCS8, form)
        for at in range(29):
            equal(-1, blob.find(secret.to_bytes(32, "big")[at:at + 4]), "EC: in the clear")
        equal(secret, load_der(take_apart(blob, ROOT)).private_numbers().private_value, "EC")
    device.close()


@test
def generated_material_is_what_is_used():
    device = km.Device()
    for form in km.FORMATS.values():
        blob = device.generate(DESCRIPTIONS["AES"], form)
        material = take_apart(blob, ROOT)
        equal(32, len(material), "AES-256")
        sealed, made = device.operate(km.ENCRYPT, blob, doors.cipher(km.GCM), b"text")
        (nonce,) = km.values(made, km.NONCE)
        equal(b"text", AESGCM(material).decrypt(nonce, sealed, None), "by OpenSSL")

        blob = device.generate(DESCRIPTIONS["EC"], form)
        key = load_der(take_apart(blob, ROOT))
        equal("secp256r1", key.curve.name, "curve")
        spki = key.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
        equal(spki, device.export(blob), "public key")
        for size in (64, 128, 504, 512):
            blob = device.generate(doors.hmac(size=size), form)
            equal(size // 8, len(take_apart(blob, ROOT)), "HMAC")
    device.close()


@test
def hidden_set_is_as_specified():
    given = [(km.APPLICATION_ID, b"an id"), (km.APPLICATION_DATA, b"some data")]
    for uid in (0, USER):
        device = km.Device() if not uid else km.device_of(uid)
        for form in km.FORMATS.values():
            for params in ([], given[:1], given[1:], given, given[::-1],
                           [(km.APPLICATION_ID, b"")]):
                for more in ([], [km.SHAREABLE]):
                    blob = device.generate(doors.aes(size=128, more=[*params, *more]), form)
                    equal(16, len(take_apart(blob, ROOT, uid, params)), f"{params} {more}")
        device.close()


@test
def stored_sets():
    """Who enforces what, in the order given, and what the kernel adds at the end."""
    device = km.Device()
    for form in km.FORMATS.values():
        for kind, origin in (("AES", km.GENERATED), ("EC", km.GENERATED), ("AES", km.IMPORTED)):
            if origin == km.IMPORTED:
                data = device.import_key(DESCRIPTIONS[kind], bytes(32), km.RAW, form)
            else:
                data = device.generate(DESCRIPTIONS[kind], form)
            blob = km.Blob(data)
            equal([km.ORIGIN, km.OS_VERSION, km.OS_PATCHLEVEL, km.KEY_ID],
                  [tag for tag, _ in blob.enforced[-4:]], "what is added")
            equal([origin], km.values(blob.enforced, km.ORIGIN), "origin")
            equal(km.CREATION_DATETIME, blob.unenforced[-1][0], "last of the unenforced")
            asked = km.unpack(km.pack(DESCRIPTIONS[kind]))
            equal([e for e in asked if e in blob.enforced],
                  [e for e in blob.enforced if e in asked], "order")
            equal([], [e for e in asked if e not in blob.enforced + blob.unenforced], "lost")
            equal((blob.enforced, blob.unenforced), device.characteristics(data), "shown")
    data = device.generate(doors.aes(more=[(km.CREATION_DATETIME, 12345)]))
    equal([12345], km.values(km.Blob(data).unenforced, km.CREATION_DATETIME), "the caller's date")
    device.close()


# --- to whom it belongs -----------------------------------------------------------------------

def usable(device, blob, params=()):
    device.characteristics(blob, params)
    device.operate(km.ENCRYPT, blob, doors.cipher(km.GCM, more=params), b"text")


def unusable(device, blob, params=()):
    refused("INVALID_KEY_BLOB", device.characteristics, blob, params)
    refused("INVALID_KEY_BLOB", device.begin, km.ENCRYPT, blob, doors.cipher(km.GCM, more=params))
    refused("INVALID_KEY_BLOB", device.operate, km.ENCRYPT, blob,
            doors.cipher(km.GCM, more=params), b"text")


@test
def blob_works_for_its_owner_only():
    owner, other, root = km.device_of(USER), km.device_of(OTHER_USER), km.Device()
    for form in km.FORMATS.values():
        blob = owner.generate(doors.aes(), form)
        usable(owner, blob)
        unusable(other, blob)
        unusable(root, blob)
        unusable(owner, root.generate(doors.aes(), form))
        again = km.device_of(USER)
        usable(again, blob)
        again.close()
        exported = owner.generate(doors.ec(), form)
        owner.export(exported)
        refused("INVALID_KEY_BLOB", other.export, exported)
        shared = owner.generate(doors.aes(more=[km.SHAREABLE]), form)
        for device in (owner, other, root):
            usable(device, shared)
    for device in (owner, other, root):
        device.close()


@test
def owner_cannot_be_claimed():
    device = km.device_of(USER)
    for uid in (0, USER, OTHER_USER):
        refused("INVALID_TAG", device.generate, doors.aes(more=[(km.OWNER_UID, uid)]))
    refused("INVALID_TAG", device.generate, doors.aes(more=[(km.KEY_ID, bytes(16))]))
    blob, root = device.generate(doors.aes()), km.Device()
    unusable(root, blob, [(km.OWNER_UID, USER)])
    root.close()
    device.close()


@test
def application_id_and_data():
    device = km.Device()
    ident, data = (km.APPLICATION_ID, b"id"), (km.APPLICATION_DATA, b"data")
    empty_id, empty_data = (km.APPLICATION_ID, b""), (km.APPLICATION_DATA, b"")
    wrong = [(km.APPLICATION_ID, b"ID"), (km.APPLICATION_ID, b"id\0"), (km.APPLICATION_ID, b"i")]
    choices = [[], [ident], [data], [ident, data], [empty_id], [empty_data], [empty_id, data],
               [ident, empty_data], [(km.APPLICATION_ID, b"data"), (km.APPLICATION_DATA, b"id")],
               *[[w] for w in wrong], *[[w, data] for w in wrong]]
    for form in km.FORMATS.values():
        for made in ([], [ident], [data], [ident, data], [empty_id], [empty_id, empty_data]):
            blob = device.generate(doors.aes(more=made), form)
            sets = km.Blob(blob)
            for tag in (km.APPLICATION_ID, km.APPLICATION_DATA, km.ROOT_OF_TRUST, km.OWNER_UID):
                equal([], km.values(sets.enforced + sets.unenforced, tag), "stored")
            for used in choices:
                (usable if used == made else unusable)(device, blob, used)
        blob = device.generate(doors.ec(more=[ident, data]), form)
        device.export(blob, [data, ident])
        for used in choices:
            if used != [ident, data]:
                refused("INVALID_KEY_BLOB", device.export, blob, used)
    device.close()


@test
def delete_takes_anything():
    device = km.Device()
    for blob in (device.generate(doors.aes()), b"50 bytes of text".ljust(50), b"\0", bytes(65536)):
        device.delete(blob)
    device.close()


# --- under which root key ---------------------------------------------------------------------

@test
def another_root_key():
    """The last but one: it loads the module several times."""
    device = km.Device()
    equal(check_of(ROOT), device.info()["root_check"], "check value")
    blobs = [device.generate(doors.aes(), form) for form in km.FORMATS.values()]
    device.close()
    for root, works in ((OTHER_ROOT, False), (ROOT, True), (bytes(32), False)):
        km.reload(root)
        device = km.Device()
        equal(check_of(root), device.info()["root_check"], "check value")
        for blob in blobs:
            (usable if works else unusable)(device, blob)
        device.close()
    km.reload()
    device = km.Device()
    check = device.load_root(km.ROOT_EPHEMERAL)
    equal(check, device.info()["root_check"], "check value")
    for blob in blobs:
        unusable(device, blob)
    device.close()
    km.reload()
    device = km.Device()
    equal(False, check == device.load_root(km.ROOT_EPHEMERAL), "ephemeral twice the same")
    device.close()
    km.reload(ROOT)


@test
def unreadable_blobs_are_not_kept():
    """What was allocated for a blob that cannot be read is given back: 400 MiB would be missed."""
    device = km.Device()
    before = available()
    for command, layout in ((km.DELETE_KEY, "<IIiIQ"), (km.UPGRADE_KEY, "<IIiIQQQII")):
        arg = struct.pack(layout, struct.calcsize(layout), 0, 0, 65536, 1, *[0] * (len(layout) - 6))
        for _ in range(3200):
            try:
                fcntl.ioctl(device.fd, command, bytearray(arg), True)
            except OSError as e:
                equal(errno.EFAULT, e.errno, "unreadable")
    equal(True, before - available() < 100 << 20, "memory")
    device.close()


def available():
    with open("/proc/meminfo", encoding="ascii") as info:
        return next(int(l.split()[1]) << 10 for l in info if l.startswith("MemAvailable"))


def encrypted_key():
    km.add_key("user", "km-test-master", os.urandom(32))
    try:
        return km.add_key("encrypted", "km-test-root", b"new default user:km-test-master 32")
    except OSError as e:
        note(f"no encrypted keys in this kernel: {e}")
        return None


@test
def root_key_from_the_keyring():
    os.system("modprobe -q encrypted-keys")
    blob = None
    for kind in ("user", "logon", "encrypted"):
        km.reload()
        serial = encrypted_key() if kind == "encrypted" else km.add_key(kind, "km-test:root", ROOT)
        if serial is None:
            continue
        device = km.Device()
        check = device.load_root(km.ROOT_KEYRING, serial=serial)
        equal(km.ROOT_KEYRING, device.info()["root_source"], kind)
        equal(kind != "encrypted", check == check_of(ROOT), kind)
        if kind != "encrypted":
            blob = blob or device.generate(doors.aes())
            usable(device, blob)
        device.close()
    km.reload(ROOT)
    device = km.Device()
    usable(device, blob)
    device.close()


@test
def root_key_from_a_wrong_key():
    km.reload()
    device = km.Device()

    def attempt(serial):
        try:
            device.load_root(km.ROOT_KEYRING, serial=serial)
        except km.Refused as e:
            equal("OK", e.code, "Keymaster code")
            return e.errno
        raise AssertionError("a wrong key was taken")

    for size in (1, 16, 31, 33, 64, 4096):
        equal(errno.EINVAL, attempt(km.add_key("user", "km-test-size", bytes(size))), size)
    revoked = km.add_key("user", "km-test-revoked", ROOT)
    km.revoke_key(revoked)
    equal(errno.EKEYREVOKED, attempt(revoked), "revoked")
    closed = km.add_key("user", "km-test-closed", ROOT)
    km.permit_key(closed, 0x01000000)      # view only, by the possessor
    equal(errno.EACCES, attempt(closed), "not ours to search")
    equal(errno.ENOKEY, attempt(0x7ffffffe), "no such key")
    for kind in ("keyring", "keymaster"):
        try:
            serial = km.add_key(kind, "km-test-kind", b"" if kind == "keyring" else b"x" * 32)
        except OSError:
            continue
        attempt(serial)
    equal(km.ROOT_NONE, device.info()["root_source"], "root key")
    device.close()
    km.reload(ROOT)


if __name__ == "__main__":
    km.reload(ROOT)
    main()
