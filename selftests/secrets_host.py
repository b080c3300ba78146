#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# secrets_host.py MEMSCAN FOLDER FILES MEMORY SWAP DISK - makes secrets, and looks for them in the
# memory of a guest, from outside, and on its disks, whenever secrets_guest.py asks. On the host,
# beside vm/run.
#
# FILES is a folder for what is to be on DISK. FOLDER is shared with the guest. It begins with the
# file "secrets", each in two halves that tell nothing for themselves. The guest asks by a file
# "ask": which secrets have to be there. All others must not be, in no form and in no part. The
# answer, "answer", is a list of faults.

import base64
import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import attesting
import hiding
import rsakeys
import secret_forms
import tokens
import wrapping

# Each is used in one test, so that what it leaves is told by its name.
USES = ("sender", "imported", "revoked", "unlinked", "invalidated", "finished", "closed", "killed",
        "whole", "refused", "attest", "keyctl", "kmctl", "stack")
PASSWORDS = ("gatekeeper 1", "gatekeeper 2", "gatekeeper 3", "kmctl", "pam", "waiting")
ROOTS = ("root 1", "root 2", "root file")
PLACES_SHOWN = 4


def _ec_key():
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _certificate(der):
    """A chain of one for an attestation key."""
    key = serialization.load_der_private_key(der, None)
    issued = attesting.Maker.issue(None, "Device", key.public_key(), "Device", key)
    return issued.public_bytes(serialization.Encoding.DER).hex()


def stretched(password, setting):
    """What goes to the kernel instead of a password, by the text that it keeps with it."""
    found = re.fullmatch(rb"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$(\S+)", setting)
    memory, passes, lanes = map(int, found.groups()[:3])
    salt, out = base64.b64decode(found[4] + b"=="), ctypes.create_string_buffer(32)
    if ctypes.CDLL("libargon2.so.1").argon2id_hash_raw(
            passes, memory, lanes, password, ctypes.c_size_t(len(password)), salt,
            ctypes.c_size_t(len(salt)), out, ctypes.c_size_t(32)):
        raise ValueError("argon2id")
    return out.raw


MAKERS = {
    "aes": lambda: os.urandom(32), "hmac": lambda: os.urandom(32), "ec": _ec_key,
    "rsa": lambda: rsakeys.pkcs8(rsa.generate_private_key(65537, 2048)),
    "ed25519": lambda: os.urandom(32), "x25519": lambda: os.urandom(32),
}


class Secrets:
    """All that are known: by name, the forms; and by piece, whose it is."""

    def __init__(self):
        self.given, self.public, self.forms, self.owners = {}, {}, {}, {}
        for use in USES:
            for kind, make in MAKERS.items():
                self.give(f"{kind} {use}", kind, make())
        for name in PASSWORDS:
            self.give(f"password {name}", "bytes", base64.b64encode(os.urandom(24)))
        self.give("hmac bridged", "hmac", os.urandom(64))
        self.give("swapped", "bytes", os.urandom(4096))
        self.give("dumped", "bytes", os.urandom(32))
        for name in ROOTS:
            value = os.urandom(32)
            self.give(name, "root", value)
            for child, key in secret_forms.children(value).items():
                self.know(f"{name}: {child}", "bytes", key)
        self.wrap()
        self.give_pem()

    def give(self, name, kind, value):
        self.given[name] = value
        self.know(name, kind, value)

    def wrap(self):
        """A wrapped key, which is no secret, of secrets."""
        transport, material = os.urandom(32), os.urandom(32)
        self.know("transport key", "aes", transport)
        self.know("wrapped key", "aes", material)
        self.give("rsa wrapping", "rsa", wrapping.pkcs8(wrapping.own_key()))
        self.public["wrapped"] = wrapping.wrapped_by_hand(
            material, (*wrapping.AES_LIST, wrapping.NO_AUTH), transport=transport).hex()

    def give_pem(self):
        """A key as OpenSSL leaves it in a file."""
        body = base64.encodebytes(self.given["rsa kmctl"])
        self.given["pem kmctl"] = (b"-----BEGIN PRIVATE KEY-----\n" + body +
                                   b"-----END PRIVATE KEY-----\n")
        # What stands in the first lines is the same for all, or public.
        self.know("pem kmctl", "bytes", b"".join(body.split()[6:]))

    def know(self, name, kind, value):
        self.forms[name] = secret_forms.forms(kind, value)
        for form, data in self.forms[name].items():
            for at, piece in secret_forms.pieces(data):
                self.owners.setdefault(piece, (name, form, at))

    def learn(self, name, how, value):
        """What the guest cannot know, and we by what it says."""
        value = bytes.fromhex(value)
        if how == "kek":
            self.know(name, "aes", secret_forms.kek_of(value, self.given["root 1"], 0))
        elif how == "token key":
            secret = secret_forms.children(self.given["root 1"])["keymaster shared hmac"]
            self.know(name, "hmac", tokens.agreed_key([(b"", value)], secret))
        elif how == "stretched":
            self.know(name, "bytes", stretched(self.given[f"password {name.split()[0]}"], value))


def scan(memscan, path, secrets):
    """By secret and form: where they are, each part by the place where the whole would begin."""
    done = subprocess.run([memscan, path], input="\n".join(secrets.owners), text=True, check=True,
                          capture_output=True)
    found = {}
    for line in done.stdout.splitlines():
        piece, place = line.split()
        name, form, at = secrets.owners[piece]
        found.setdefault(name, {}).setdefault((form, int(place) - at), []).append(at)
    return found


def tell(name, places):
    """A fault, in words that lead to it."""
    text = f"{name}:"
    for (form, place), parts in sorted(places.items(), key=lambda x: -len(x[1]))[:PLACES_SHOWN]:
        text += f" {form} at {place:#x} ({len(parts)} parts)"
    return text + (f" and {len(places) - PLACES_SHOWN} more" if len(places) > PLACES_SHOWN else "")


def judge(found, held):
    faults = []
    for name, places in sorted(found.items()):
        if name not in held:
            faults.append("must not be there: " + tell(name, places))
        elif held[name] and len(places) != held[name]:
            faults.append(f"wanted {held[name]} times: " + tell(name, places))
    return faults + [f"is not there: {name}" for name in held if name not in found]


def wait_for(path):
    while not path.exists():
        time.sleep(0.05)
    text = path.read_text()
    path.unlink()
    return json.loads(text)


def write(path, value):
    path.with_suffix(".new").write_text(json.dumps(value))
    path.with_suffix(".new").rename(path)


def main():
    memscan, folder, files, *images = sys.argv[1:]
    folder, files, secrets = pathlib.Path(folder), pathlib.Path(files), Secrets()
    (files / "root.key").touch(0o600)
    (files / "root.key").write_bytes(secrets.given["root file"])
    for kind in ("rsa", "ec"):
        secrets.public[f"{kind} chain"] = _certificate(secrets.given[f"{kind} attest"])
    write(folder / "public", secrets.public)
    write(folder / "secrets", {name: hiding.mask(value) for name, value in secrets.given.items()})
    while True:
        ask = wait_for(folder / "ask")
        for name, how, value in ask["learn"]:
            secrets.learn(name, how, value)
        write(folder / "answer",
              judge(scan(memscan, images[ask["image"]], secrets), ask["held"]))


if __name__ == "__main__":
    main()
