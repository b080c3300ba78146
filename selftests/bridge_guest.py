#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The two boots of vm/bridge_boots_test.sh. bridge_guest.py DIR first|second
# DIR outlives the boot: root key, state, keys, the disks, and what finds the imported key in
# memory. A step is named on standard output when it has succeeded.

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from bridging import (Filesystem, Volume, add_to, attach, detach, encrypt, fingerprint, holders,
                      identifier_of, load_drivers, make_file, material)
from tap import equal

folder = pathlib.Path(sys.argv[1])
DISKS = ("volume", "generated", "image")
TEXT = b"written before the machine was started again. " * 50
PASSWORD = "correct horse"


def kmctl(*arguments, text=None, status=0):
    done = subprocess.run(["kmctl", *arguments], input=text, capture_output=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"kmctl {arguments}: {done.returncode}, {done.stderr.decode()}")
    return (done.stdout + done.stderr).decode().strip()


def on_keys(command, *arguments, **more):
    return kmctl(command, *arguments, "--store", str(folder / "store"), **more)


def done(step):
    print(f"ok {step}", flush=True)


def bring_in():
    """A process of its own is the last that sees the key."""
    key = material(os.urandom(16).hex())
    for name, kind in (("volume", "logon"), ("home", "fscrypt")):
        on_keys("import", name, "--algorithm", "hmac", "--bridge", kind, "--auth", "password",
                "--auth-timeout", "3600", text=key)
    (folder / "known.json").write_text(json.dumps([identifier_of(key).hex(), fingerprint(key)]))


def log_in():
    kmctl("auth", text=PASSWORD.encode())


def link_and_open(name, device):
    """By the name alone: the key is where the kernel finds it for the caller."""
    serial = on_keys("bridge", name, "--logon", f"km:{name}")
    volume = Volume(name, device, f":64:logon:km:{name}")
    subprocess.run(["keyctl", "unlink", serial, "@u"], check=True)
    return volume


def first():
    os.umask(0o077)
    (folder / "root.key").write_bytes(os.urandom(32))
    start()
    kmctl("enroll", text=PASSWORD.encode())
    child = os.fork()
    if not child:
        try:
            bring_in()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    on_keys("generate", "generated", "--algorithm", "hmac", "--size", "512", "--bridge", "logon",
            "--no-auth")
    log_in()
    for name in ("volume", "generated"):
        make_file(f"/tmp/{name}")
        device = attach(f"/tmp/{name}")
        with link_and_open(name, device) as volume:
            volume.write(TEXT)
        detach(device)
        equal(-1, pathlib.Path(f"/tmp/{name}").read_bytes().find(TEXT[:16]), "in plain")
        done(f"{name}: written")
    with Filesystem("/tmp/image", "/tmp/mount") as fs:
        identifier = on_keys("bridge", "home", "--fscrypt", "home", "--add-to", str(fs.mount))
        equal(json.loads((folder / "known.json").read_text())[0], identifier, "identifier")
        (fs.mount / "home").mkdir()
        encrypt(fs.mount / "home", bytes.fromhex(identifier))
        (fs.mount / "home" / "letter").write_bytes(TEXT)
    done("directory: written")
    for name in DISKS:
        shutil.copy(f"/tmp/{name}", folder / name)


def second():
    start()
    for name in DISKS:
        shutil.copy(folder / name, f"/tmp/{name}")
    prints = json.loads((folder / "known.json").read_text())[1]
    for name, kind in (("volume", "--logon"), ("home", "--fscrypt")):
        equal(True, "[KEY_USER_NOT_AUTHENTICATED]" in
              on_keys("bridge", name, kind, f"km:{name}", status=3), "what kmctl says")
    done("nothing opens before login")
    # Nobody is asked for his password sooner after the start.
    time.sleep(31)
    log_in()
    loops = [attach(f"/tmp/{name}") for name in ("volume", "generated")]
    with link_and_open("volume", loops[0]) as volume, \
            link_and_open("generated", loops[1]) as generated, \
            Filesystem("/tmp/image", "/tmp/mount", fresh=False) as fs:
        for opened in (volume, generated):
            equal(TEXT, opened.read(len(TEXT)), "what was written")
            done(f"{opened.name}: opened again")
        letter = fs.mount / "home" / "letter"
        equal(False, letter.exists(), "there without the key")
        # Once more with the new key on a keyring for all to see, as far as that goes.
        serial = on_keys("bridge", "home", "--fscrypt", "home")
        add_to(fs.mount, int(serial))
        equal(TEXT, letter.read_bytes(), "what was written")
        done("directory: opened again")
        on_keys("bridge", "volume", "--logon", "km:volume")
        found, searched = holders(prints)
        equal([], found, "processes that hold the key")
        equal(True, {1, os.getpid()} <= set(searched), f"searched: {searched}")
        done("no process holds the key")
    for device in loops:
        detach(device)


def start():
    load_drivers()
    kmctl("init", "--file", str(folder / "root.key"), "--state", str(folder / "state"))


{"first": first, "second": second}[sys.argv[2]]()
