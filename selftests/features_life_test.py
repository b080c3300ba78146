#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The acceptance checks of spec/features.md for the life of keys, a test for each row, by
# number. Rows 9, 30, 31, 35 to 44, 74, 83 and 84 are about Android's formats, and are in
# kmctl_android_test.sh; row 82 wants a TPM, and is in vm/tpm_test.sh.

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import doors
import km
from android_files import vectors
from tap import equal, main, refused, test

ROOT, OTHER = bytes(range(32)), bytes(range(100, 132))
SHA = [(km.DIGEST, km.SHA256)]
HERE = os.path.dirname(os.path.abspath(__file__))
# What is to be found nowhere is computed anew whenever it is looked for.
BENT = bytes(b ^ 0x5a for b in os.urandom(32))
device = None


def secret():
    return bytes(b ^ 0x5a for b in BENT)


def begin(root=ROOT):
    global device
    if device:
        device.close()
    km.reload(root)
    doors.device = device = km.Device()


def kmctl(*args, status=0, says="", **options):
    ran = subprocess.run(["kmctl", *map(str, args)], capture_output=True, **options)
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    if ran.returncode != status or says not in said:
        raise AssertionError(f"kmctl {args}: {ran.returncode}, not {status} {says!r}: {said}")
    return ran.stdout


def imported_elsewhere(description):
    """By another process: nothing of the material is left in this one."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        theirs.sendall(km.Device().import_key(description, secret()))
        os._exit(0)
    theirs.close()
    blob = ours.recv(65536)
    ours.close()
    os.waitpid(child, 0)
    return blob


def found_in(data):
    return [i for i in range(17) if secret()[i:i + 16] in data]


def own_memory():
    return subprocess.run([sys.executable, f"{HERE}/memdump.py", str(os.getpid())], check=True,
                          capture_output=True).stdout


KINDS = {"aes": ["--algorithm", "aes", "--size", "256", "--mode", "gcm"],
         "3des": ["--algorithm", "3des", "--mode", "cbc", "--padding", "pkcs7"],
         "hmac": ["--algorithm", "hmac", "--size", "256", "--digest", "sha256"],
         "ec": ["--algorithm", "ec", "--curve", "p256", "--digest", "sha256"],
         "rsa": ["--algorithm", "rsa", "--size", "2048", "--padding", "pkcs1-sign", "--digest",
                 "sha256"]}


@test
def row_1_life_cycle():
    """Make, list, use, export, delete one of each algorithm; then there is none."""
    begin()
    with tempfile.TemporaryDirectory() as folder:
        text = f"{folder}/text"
        with open(text, "w") as file:
            file.write("text")
        for name, options in KINDS.items():
            verbs = "encrypt,decrypt" if name in ("aes", "3des") else "sign,verify"
            if name == "hmac":
                verbs = "sign"
            kmctl("generate", name, *options, "--purpose", verbs, "--no-auth", "--store", folder)
        lines = kmctl("list", "--store", folder).decode().splitlines()
        equal(sorted(KINDS), [line.split()[0] for line in lines], "list")
        for name in KINDS:
            verb = "encrypt" if name in ("aes", "3des") else "sign"
            used = kmctl(verb, name, "--in", text, "--store", folder)
            equal(True, len(used) > 4, name)
            if name in ("ec", "rsa"):
                kmctl("export", name, "--store", folder, says="BEGIN PUBLIC KEY")
            kmctl("delete", name, "--store", folder)
            kmctl(verb, name, "--in", text, "--store", folder, status=5, says="there is no key")
        equal(b"", kmctl("list", "--store", folder), "list")


@test
def row_2_encrypted_form_only():
    """Nothing of the key in the blob, nor in the memory of who uses it."""
    begin()
    for form in km.FORMATS.values():
        for _ in range(2):
            made = device.import_key(doors.aes(km.GCM), secret(), form=form)
            equal([], found_in(made), "in the blob")
    del made
    blob = imported_elsewhere(doors.aes(km.GCM))
    device.operate(km.ENCRYPT, blob, doors.cipher(km.GCM, mac=128), b"x" * 100)
    equal(False, device.generate(doors.aes(km.GCM)) == device.generate(doors.aes(km.GCM)), "twice")


@test
def row_3_this_machine_only():
    begin()
    blobs = [device.generate(doors.aes(km.CTR), form) for form in km.FORMATS.values()]
    begin(OTHER)
    for blob in blobs:
        refused("INVALID_KEY_BLOB", device.begin, km.ENCRYPT, blob, doors.cipher(km.CTR))
    begin()
    for blob in blobs:
        device.begin(km.ENCRYPT, blob, doors.cipher(km.CTR)).close()


@test
def row_4_the_work_is_done_inside():
    """What the device encrypts OpenSSL decrypts with the same key, and the reverse."""
    begin()
    blob = device.import_key(doors.aes(km.GCM), secret())
    params = doors.cipher(km.GCM, mac=128)
    out, made = device.operate(km.ENCRYPT, blob, params, b"some data")
    nonce = km.values(made, km.NONCE)[0]
    equal(b"some data", AESGCM(secret()).decrypt(nonce, out, None), "OpenSSL")
    theirs = AESGCM(secret()).encrypt(bytes(12), b"other data", None)
    back, _ = device.operate(km.DECRYPT, blob, doors.cipher(km.GCM, mac=128, nonce=bytes(12)),
                             theirs)
    equal(b"other data", back, "the device")


@test
def row_8_no_key_in_the_program():
    """In the midst of an operation: no key bytes in its memory, and no way to have them."""
    begin()
    blob = imported_elsewhere(doors.aes(km.GCM))
    with device.begin(km.ENCRYPT, blob, doors.cipher(km.GCM, mac=128)) as operation:
        operation.update(b"x" * 1000)
        memory = own_memory()
        # So that looking is known to find: the bent bytes are there.
        equal(True, BENT in memory, "what is there")
        equal([], found_in(memory), "key bytes")
        operation.finish()
    pair = device.generate(doors.ec())
    for key in (blob, pair):
        for key_format in (km.PKCS8, km.RAW):
            refused("UNSUPPORTED_KEY_FORMAT", device.export, key, (), key_format)


@test
def row_29_keys_of_each_user():
    """A cannot open B's alias, nor a copy of its blob."""
    begin()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        for name in ("a", "b"):
            os.mkdir(f"{folder}/{name}")
            os.chown(f"{folder}/{name}", *[4401 if name == "a" else 4402] * 2)
        b = {"user": 4402, "group": 4402, "extra_groups": []}
        a = {"user": 4401, "group": 4401, "extra_groups": []}
        hmac = [*KINDS["hmac"], "--purpose", "sign", "--no-auth"]
        kmctl("generate", "mine", *hmac, "--store", f"{folder}/b", **b)
        kmctl("sign", "mine", "--in", "/etc/hostname", "--store", f"{folder}/b", **b)
        kmctl("sign", "mine", "--in", "/etc/hostname", "--store", f"{folder}/b", status=1, **a)
        shutil.copy(f"{folder}/b/mine.blob", f"{folder}/a/stolen")
        os.chown(f"{folder}/a/stolen", 4401, 4401)
        kmctl("sign", "--blob", f"{folder}/a/stolen", "--in", "/etc/hostname", status=5,
              says="INVALID_KEY_BLOB", **a)


@test
def row_32_characteristics():
    """Exactly what was given, and what the key manager adds."""
    begin()
    given = doors.ec(more=[(km.USAGE_EXPIRE_DATETIME, 4102444800000), (km.USER_ID, 7)])
    enforced, unenforced = device.characteristics(device.generate(given))
    added = {km.KEY_SIZE, km.ORIGIN, km.OS_VERSION, km.OS_PATCHLEVEL, km.KEY_ID, km.CREATION_DATETIME}
    listed = [(tag, value) for tag, value in enforced + unenforced if tag not in added]
    wanted = [entry if isinstance(entry, tuple) else (entry, 1) for entry in given]
    equal(set(), set(wanted) - set(listed), "what was given")
    equal([], [tag for tag, _ in listed if tag not in {tag for tag, _ in wanted}], "and no more")
    tags = [tag for tag, _ in enforced + unenforced]
    equal([], [tag for tag in added if tags.count(tag) != 1], "what is added, once each")


@test
def row_33_data_of_unknown_size():
    """10 MiB in pieces of any size: what OpenSSL makes of it at once."""
    begin()
    blob = device.import_key(doors.aes(km.GCM), secret())
    data, pieces, out = os.urandom(10 << 20), random.Random(33), []
    with device.begin(km.ENCRYPT, blob, doors.cipher(km.GCM, mac=128)) as operation:
        nonce = km.values(operation.made, km.NONCE)[0]
        at = 0
        while at < len(data):
            n = pieces.randint(1, 300000)
            out.append(operation.update(data[at:at + n]))
            at += n
        out.append(operation.finish())
    equal(True, AESGCM(secret()).encrypt(nonce, data, None) == b"".join(out), "10 MiB")


@test
def row_34_sets():
    """All types there and back; malformed ones are refused."""
    begin()
    more = [(km.MIN_SECONDS_BETWEEN_OPS, 0), (km.ACTIVE_DATETIME, 1000),
            (km.USAGE_EXPIRE_DATETIME, 4102444800000)]
    enforced, _ = device.characteristics(device.generate(doors.aes(km.CTR, more=more)))
    for entry in [*more, (km.CALLER_NONCE, 1)]:
        wanted = entry if isinstance(entry, tuple) else (entry, 1)
        equal(True, wanted in enforced, hex(wanted[0]))
    good = km.pack(doors.aes(km.CTR))
    for bad in (good[:-1], good + b"\0", b"\1" + good[1:], good[:4] + b"\xff" * 4 + good[8:]):
        refused("INVALID_ARGUMENT", device.generate, bad)


@test
def row_52_no_well_known_root():
    """Blobs under Android's public zero key do not open: the root key is this machine's own."""
    begin()
    samples = vectors("aosp_km1_blobs.txt")
    for name in ("km1_sw_ecdsa_256", "km1_sw_rsa_512"):
        for app in ([], [(km.APPLICATION_ID, b"app_id")]):
            refused("INVALID_KEY_BLOB", device.begin, km.SIGN, samples[name, "blob"],
                    [(km.DIGEST, km.NO_DIGEST), *app])


@test
def row_75_versions():
    begin()
    device.configure(os_patchlevel=202401)
    blob = device.generate(doors.aes(km.CTR))
    equal(b"", device.upgrade(blob), "no change")
    begin()
    device.configure(os_patchlevel=202405)
    refused("KEY_REQUIRES_UPGRADE", device.begin, km.ENCRYPT, blob, doors.cipher(km.CTR))
    new = device.upgrade(blob)
    device.begin(km.ENCRYPT, new, doors.cipher(km.CTR)).close()
    begin()
    device.configure(os_patchlevel=202402)
    refused("INVALID_KEY_BLOB", device.begin, km.ENCRYPT, new, doors.cipher(km.CTR))


@test
def row_76_once_a_boot():
    begin()
    device.configure(os_version=60100, os_patchlevel=202401)
    device.configure(os_version=60100, os_patchlevel=202401)
    for other in ({"os_version": 60200}, {"os_patchlevel": 202402}):
        refused("INVALID_ARGUMENT", device.configure, **other)
    for level in ("vendor_patchlevel", "boot_patchlevel"):
        device.configure(**{level: 20240115})
        device.configure(**{level: 20240115})
        refused("INVALID_ARGUMENT", device.configure, **{level: 20240116})


@test
def row_105_another_load():
    """What was made before works after the module was loaded anew."""
    begin()
    keys = {name: device.generate(description) for name, description in
            (("aes", doors.aes(km.CTR)), ("ec", doors.ec()), ("hmac", doors.hmac()))}
    signature, _ = device.operate(km.SIGN, keys["ec"], SHA, b"message")
    begin()
    device.operate(km.VERIFY, keys["ec"], SHA, b"message", signature)
    device.operate(km.ENCRYPT, keys["aes"], doors.cipher(km.CTR), b"message")
    device.operate(km.SIGN, keys["hmac"], SHA + [(km.MAC_LENGTH, 256)], b"message")


@test
def row_107_each_its_own():
    """Two installations: two root keys, chosen at random at the first start."""
    global device
    checks = set()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "two"):
            if device:
                device.close()
            device = None
            km.reload()
            kmctl("init", "--file", f"{folder}/{name}", "--no-state", says="made a new root key")
            device = doors.device = km.Device()
            checks.add(device.info()["root_check"])
    equal(2, len(checks), "check values")


if __name__ == "__main__":
    main()
