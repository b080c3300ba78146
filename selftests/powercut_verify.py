# SPDX-License-Identifier: GPL-2.0-only
# After a power cut: what was reported must hold, and what was cut short must have happened or not.
# Imported by powercut_guest.py, which takes kmctl and the stores from here for its work, too.

import json
import os
import pathlib
import re
import subprocess

import km

DISK = pathlib.Path("/run/powercut")
STORES = {"root": pathlib.Path("/var/lib/keymaster"),
          "user": DISK / "home/.local/share/keymaster"}
TEXT = b"what was known before the power went"
SIGNING = {"hmac": [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)], "ec": [(km.DIGEST, km.SHA256)]}
# Uses of a key with few.
FEW = 4
NO_KEY = 5
# Set by the importer: the folder outside of the disk, and the device as the user has opened it.
folder = device = None


class Fault(Exception):
    """What must not be after a power cut, or before one."""


def must(condition, text):
    if not condition:
        raise Fault(text)


def kmctl(*args, data=b"", preload=None):
    """Exit status, what it wrote, and what it said."""
    environment = dict(os.environ, HOME=str(DISK / "home"))
    environment.pop("XDG_DATA_HOME", None)
    if preload:
        environment["LD_PRELOAD"] = preload
    ran = subprocess.run(["kmctl", *map(str, args)], input=data, capture_output=True,
                         env=environment)
    return ran.returncode, ran.stdout, (ran.stdout[:400] + ran.stderr).decode(errors="replace")


def succeeds(*args, data=b""):
    status, output, said = kmctl(*args, data=data)
    must(status == 0, f"kmctl {args}: status {status}: {said}")
    return output


def blob_of(key):
    return (STORES[key["store"]] / (key["alias"] + ".blob")).read_bytes()


def aside(number):
    return folder / "aside" / number


# --- what there must be -------------------------------------------------------------------------


def cipher(nonce):
    return [(km.BLOCK_MODE, km.GCM), (km.PADDING, km.PAD_NONE), (km.MAC_LENGTH, 128),
            (km.NONCE, nonce)]


def ec_verifies(public, signature):
    """OpenSSL, with the public key that was exported when the key was made."""
    scratch = pathlib.Path(f"/dev/shm/ec.{os.getpid()}")
    scratch.mkdir(exist_ok=True)
    (scratch / "public").write_bytes(public)
    (scratch / "signature").write_bytes(signature)
    ran = subprocess.run(["openssl", "dgst", "-sha256", "-keyform", "DER", "-verify",
                          scratch / "public", "-signature", scratch / "signature"],
                         input=TEXT, capture_output=True)
    return ran.returncode == 0


def current(key, call):
    """What the call makes of the key's blob. What needs an upgrade gets it, from kmctl."""
    try:
        return call(key, blob_of(key))
    except km.Refused as e:
        if e.code != "KEY_REQUIRES_UPGRADE":
            raise
    succeeds("upgrade", key["alias"])
    return call(key, blob_of(key))


def evidence_of(key, blob):
    """By which the key is known later: a ciphertext, a MAC, the public key."""
    if key["kind"] == "aes":
        made, given = device.operate(km.ENCRYPT, blob, cipher(b"")[:3], TEXT)
        return (dict(given)[km.NONCE] + made).hex()
    if key["kind"] == "hmac":
        return device.operate(km.SIGN, blob, SIGNING["hmac"], TEXT)[0].hex()
    return device.export(blob).hex()


def matches(key, blob):
    """The key works, and is the one that the evidence is of."""
    evidence = bytes.fromhex(key["evidence"])
    if key["kind"] == "aes":
        return device.operate(km.DECRYPT, blob, cipher(evidence[:12]), evidence[12:])[0] == TEXT
    signature = device.operate(km.SIGN, blob, SIGNING[key["kind"]], TEXT)[0]
    if key["kind"] == "hmac":
        return signature == evidence
    return device.export(blob) == evidence and ec_verifies(evidence, signature)


def is_that(key):
    """Whether what is in its place is this key; a blob that does not open is nobody's."""
    try:
        return current(key, matches)
    except km.Refused as e:
        if e.code == "INVALID_KEY_BLOB":
            raise
        return False


def opens(blob):
    """A blob whose key must be dead is upgraded, too, if that is what it takes."""
    try:
        device.characteristics(blob)
        return True
    except km.Refused as e:
        if e.code == "INVALID_KEY_BLOB":
            return False
        if e.code != "KEY_REQUIRES_UPGRADE":
            raise
    try:
        device.upgrade(blob)
        return True
    except km.Refused as e:
        must(e.code == "INVALID_KEY_BLOB", f"upgrade of a blob: {e}")
        return False


def slotted(key):
    return key["more"] != "plain"


def delete(model, journal, key):
    journal.begin("delete", number=key["number"])
    succeeds("delete", key["alias"])
    journal.done()
    model.bury(key["number"])


def check_few(model, journal, key):
    """Uses that were reported are spent; when none is left, nothing works, and it can go."""
    number = key["number"]
    if key["begun"] < FEW:
        # Upgrades it, too, and spends nothing.
        succeeds("show", key["alias"])
        return
    journal.begin("use", number=number)
    status, _, said = kmctl("sign", key["alias"], data=TEXT)
    must(status in (0, NO_KEY), f"{number}: {said}")
    must(status or key["used"] < FEW, f"{number}: used {key['used']} times, and once more")
    if not status:
        journal.done()
        key["used"] += 1
    delete(model, journal, key)


def check_key(model, journal, key):
    path = STORES[key["store"]] / (key["alias"] + ".blob")
    must(path.exists(), f"was reported stored, and has no file: {key}")
    model.checks += 1
    try:
        if key["more"] == "few":
            check_few(model, journal, key)
            return
        if key["evidence"] is None:
            key["evidence"] = current(key, evidence_of)
        must(is_that(key), f"is another key: {key}")
    except (km.Refused, Fault) as e:
        raise Fault(f"was reported stored: {e}: {key}") from None


def check_dead(model, key, listed):
    """Not listed, unless the alias has a new key by now; and copies are dead with their slot."""
    named = [k for k in model.of(key["store"]) if k["alias"] == key["alias"]]
    must(named or key["alias"] not in listed, f"{key['number']}: was reported deleted: {key}")
    if slotted(key) and aside(key["number"]).exists():
        must(not opens(aside(key["number"]).read_bytes()),
             f"{key['number']}: was reported deleted, and its copy opens: {key}")
    if not key["seen"]:
        model.deletions += 1
        key["seen"] = True


# --- what was cut short -----------------------------------------------------------------------


def settle_generate(model, _, line, listed):
    key = line["key"]
    if key["alias"] in listed:
        model.keys[key["number"]] = key


def settle_delete(model, journal, line, listed):
    """A key with a slot dies before its file goes; then it can be deleted again."""
    key = model.keys[line["number"]]
    if key["alias"] not in listed:
        model.bury(key["number"])
    elif slotted(key) and not opens(blob_of(key)):
        delete(model, journal, key)
        listed.discard(key["alias"])


def settle_replace(model, _, line, listed):
    """The one key or the other: never none, and never half of it."""
    new, old = line["key"], model.keys[line["number"]]
    must(new["alias"] in listed, f"lost while it was replaced: {old}")
    try:
        if is_that(old):
            return
    except km.Refused as e:
        raise Fault(f"half replaced: {e}: {old}") from None
    # The look at it may have been a use.
    new["begun"] = FEW
    model.keys[new["number"]] = new
    del model.keys[old["number"]]


SETTLE = {"generate": settle_generate, "delete": settle_delete, "replace": settle_replace}


def settle(model, journal, store, listed):
    for line in model.open:
        named = line.get("key") or model.keys.get(line.get("number"), {})
        known = line["do"] == "generate" or line.get("number") in model.keys
        if line["do"] in SETTLE and known and named.get("store") == store:
            SETTLE[line["do"]](model, journal, line, listed)


def check_exports(model, store):
    """A backup that was reported is whole; one that was not is that, or says that it is not."""
    here = f"{DISK}/{store}."
    reported = [path for path in model.exports if path.startswith(here)]
    begun = [line["path"] for line in model.open
             if line["do"] == "export" and line["path"].startswith(here)]
    for path in reported + begun:
        status, _, said = kmctl("store", "import", path, "--force", "--store",
                                f"/dev/shm/{store}.{os.path.basename(path)}")
        must(status == 0 or (path in begun and ("no manifest" in said or "No such file" in said)),
             f"{path}: {status}: {said}")


def check_store(store):
    """Nothing but what a program that was cut short has left over; and that can be mended."""
    status, output, said = kmctl("store", "check")
    lines = output.decode().splitlines()
    for line in lines[:-1]:
        must(re.fullmatch(r"\.tmp-\S*: (left over.*|being written now)", line),
             f"store check of {store}: {said}")
    must(status in (0, 4), f"store check of {store}: {status}: {said}")
    succeeds("store", "check", "--repair")
    must(b", faults 0" in succeeds("store", "check"), f"{store}: faults after a repair")


def verify(model, journal, store):
    listed = {row["alias"] for row in json.loads(succeeds("list", "--json"))}
    settle(model, journal, store, listed)
    for key in model.of(store):
        check_key(model, journal, key)
    check_exports(model, store)
    must(listed >= {key["alias"] for key in model.of(store)}, "listed is less than there is")
    # Keys whose uses are spent have gone meanwhile.
    listed = {row["alias"] for row in json.loads(succeeds("list", "--json"))}
    must(listed == {key["alias"] for key in model.of(store)},
         f"{store}: listed {sorted(listed)}, known {sorted(k['alias'] for k in model.of(store))}")
    for key in model.dead:
        if key["store"] == store:
            check_dead(model, key, listed)
    check_store(store)
