#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# One boot of vm/powercut.sh: what was reported before the power went is verified, then several
# processes make, use, replace, upgrade and delete keys, and rotate the root key, until it goes
# again.
# powercut_guest.py DIR BOOT SEED work|last. DIR is outside of the machine: it has the disk, the
# journals of what was reported (powercut_journal.py), and copies of blobs from before they died.

import json
import os
import pathlib
import random
import subprocess
import sys
import time
import traceback

import km
import powercut_verify as after
from powercut_journal import Journal, Model, put
from powercut_verify import (DISK, FEW, NO_KEY, STORES, TEXT, Fault, aside, blob_of, kmctl, must,
                             succeeds)

USER = 1234
KINDS = {
    "aes": "--algorithm aes --size 256 --mode gcm --purpose encrypt,decrypt",
    "hmac": "--algorithm hmac --size 256 --digest sha256 --purpose sign,verify",
    "ec": "--algorithm ec --curve p256 --digest sha256 --purpose sign,verify",
}
MANY = 1000000
# Keys of one process, and of all that have the store in common.
OWN, SHARED = 5, 2
folder = boot = None


# --- the work ------------------------------------------------------------------------------------


class Worker:
    """One process that works until the power goes, with keys of its own and some of everybody's."""
    # The fault that has to be found out: keys that are reported and not on the disk.
    preload = os.environ.get("KM_POWERCUT_PRELOAD")

    def __init__(self, name, store, model):
        self.name, self.store, self.count = name, store, 0
        self.journal = Journal(folder / f"journal/{boot}-work-{name}")
        self.keys = [key for key in model.of(store) if key["owner"] == name]
        self.shared = [key for key in model.of(store) if key["owner"] == "shared"]
        self.random = random.Random(f"{seed}-{boot}-{name}")

    def step(self, do, args, may=(), **more):
        """One that is reported; the exit status. Others than success must be among those it may."""
        self.journal.begin(do, **more)
        status, _, said = kmctl(*args, preload=self.preload)
        if status == 0:
            self.journal.done()
        else:
            self.journal.failed(said)
            must(status in may, f"{self.name}: {do} {args}: {status}: {said}")
        return status

    def new_key(self, owner, alias=None):
        self.count += 1
        number = f"{self.name}.{boot}.{self.count}"
        more = ["plain", "plain", "counted", "resistant" if tpm else "counted", "few"]
        key = {"number": number, "store": self.store, "alias": alias or number, "owner": owner,
               "kind": self.random.choice(list(KINDS)), "more": self.random.choice(more),
               "evidence": None, "begun": 0, "used": 0}
        if owner == "shared":
            key["more"] = "plain" if self.count % 2 else more[3]
        elif key["more"] == "few":
            key["kind"] = "hmac"
        options = {"plain": [], "counted": ["--usage-count", MANY], "few": ["--usage-count", FEW],
                   "resistant": ["--rollback-resistance"]}[key["more"]]
        return key, ["generate", key["alias"], *KINDS[key["kind"]].split(), "--no-auth", *options]

    def take_evidence(self, key):
        if key["more"] == "few":
            return
        if key["kind"] == "aes":
            evidence = succeeds("encrypt", key["alias"], data=TEXT)
        elif key["kind"] == "hmac":
            evidence = succeeds("sign", key["alias"], data=TEXT)
        else:
            evidence = succeeds("export", key["alias"], "--der")
        key["evidence"] = evidence.hex()
        self.journal.say("evidence", number=key["number"], evidence=key["evidence"])

    def generate(self, owner=None):
        key, args = self.new_key(owner or self.name)
        self.step("generate", args, key=key)
        self.take_evidence(key)
        (self.shared if owner else self.keys).append(key)

    def put_aside(self, key):
        put(aside(key["number"]), blob_of(key))

    def delete(self):
        key = self.keys.pop(self.random.randrange(len(self.keys)))
        self.put_aside(key)
        self.step("delete", ["delete", key["alias"]], number=key["number"])

    def replace(self):
        old = self.random.choice(self.keys)
        if old["more"] == "few":
            return
        self.keys.remove(old)
        self.put_aside(old)
        key, args = self.new_key(self.name, old["alias"])
        self.step("replace", args + ["--force"], key=key, number=old["number"])
        self.take_evidence(key)
        self.keys.append(key)

    def use(self):
        key = self.random.choice(self.keys + self.shared)
        if key["more"] == "few":
            self.use_few(key)
        elif key["kind"] == "aes":
            must(succeeds("decrypt", key["alias"], data=bytes.fromhex(key["evidence"]))
                 == TEXT, f"{key['number']} decrypts to something else")
        else:
            made = succeeds("sign", key["alias"], data=TEXT)
            must(key["kind"] != "hmac" or made.hex() == key["evidence"],
                 f"{key['number']} signs otherwise")

    def use_few(self, key):
        """Counted are those that were reported; those that were cut short may be spent or not."""
        before = key["begun"]
        key["begun"] += 1
        status = self.step("use", ["sign", key["alias"], "--in", "/etc/passwd"], may=[NO_KEY],
                           number=key["number"])
        if status == 0:
            key["used"] += 1
            must(key["used"] <= FEW, f"{key['number']}: used {key['used']} times")
        else:
            must(before >= FEW, f"{key['number']}: {before} uses begun, and refused")

    def upgrade(self):
        key = self.random.choice(self.keys + self.shared)
        # Where all uses are spent there is no key.
        if key["begun"] < FEW:
            succeeds("upgrade", key["alias"])

    def export(self):
        self.count += 1
        path = f"{DISK}/{self.store}.{self.name}.{boot}.{self.count}"
        path = path if self.store == "root" else f"{DISK}/user.home/{self.name}.{boot}.{self.count}"
        self.step("export", ["store", "export", path], path=path)

    def work(self):
        while len(self.shared) < SHARED and self.name in ("root1", "user1"):
            self.generate("shared")
        while True:
            if len(self.keys) < 2:
                self.generate()
            steps = [self.delete] * 3 + [self.replace] * 2 + [self.use] * 4 + [self.upgrade]
            if len(self.keys) < OWN:
                steps += [self.generate] * 5
            if self.random.random() < 0.03:
                steps = [self.export]
            self.random.choice(steps)()


class Rotator(Worker):
    """
    The root key gets a successor, rarely. The one before is forgotten only after all keys were
    looked at, which has brought them under the present one.
    """
    preload = None

    def work(self):
        before = bool(any(after.device.info()["root_check_before"]))
        time.sleep(self.random.uniform(0, 4))
        if before and self.random.random() < 0.6:
            self.step("forget", ["root", "forget", *root_key()])
            before = False
        while True:
            time.sleep(self.random.uniform(0, 6))
            if not before:
                self.step("rotate", ["root", "rotate", *root_key()])
                before = True


def root_key():
    return ["--tpm"] if tpm else ["--file", DISK / "etc/root.key"]


# --- the boot ------------------------------------------------------------------------------------


def say_phase(name):
    put(folder / "phase", f"{name} {boot}\n".encode())


def fail(text):
    """Kept where the host looks for it, and the end of this process."""
    with open(folder / "fault", "a") as f:
        f.write(f"boot {boot}: {text}\n")
    print(f"FAULT: {text}", flush=True)
    os._exit(1)


def as_user():
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)


def start(work, user=False):
    """A process that does this; what it gives back comes through a pipe."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        return child, ours
    try:
        if user:
            as_user()
        after.device = km.Device()
        os.write(theirs, json.dumps(work()).encode())
        os._exit(0)
    except BaseException as e:
        fail(str(e) if isinstance(e, Fault) else traceback.format_exc())


def verify_as_user(model, journal):
    def work():
        after.verify(model, journal, "user")
        return dict(model.__dict__, path=None)

    child, pipe = start(work, user=True)
    with open(pipe, "rb") as f:
        said = f.read()
    must(os.waitpid(child, 0)[1] == 0, "the user's keys")
    model.__dict__.update(json.loads(said), path=model.path)


def keep_log():
    """Records of the kernel log, as they come: nobody can ask for them when the power has gone."""
    log = os.open("/dev/kmsg", os.O_RDONLY)
    os.lseek(log, 0, os.SEEK_END)
    with open(folder / f"kmsg.{boot}", "wb") as out:
        subprocess.Popen(["cat"], stdin=log, stdout=out)


def mount():
    subprocess.run(["modprobe", "-a", "loop", "ext4"], check=True)
    DISK.mkdir()
    subprocess.run(["mount", "-o", "loop", folder / "disk", DISK], check=True)
    if not (DISK / "ready").exists():
        for name, owner in (("keymaster", 0), ("etc", 0), ("home", USER), ("user.home", USER)):
            (DISK / name).mkdir(mode=0o700, exist_ok=True)
            os.chown(DISK / name, owner, owner)
        (DISK / "ready").touch()
        os.sync()
    STORES["root"].mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", DISK / "keymaster", STORES["root"]], check=True)
    with open("/etc/passwd", "a") as f:
        f.write(f"powercut:x:{USER}:{USER}::{DISK}/home:/bin/sh\n")
    os.chmod(km.DEVICE, 0o666)


def configure():
    """The patch level, which some boots raise: then all keys need an upgrade."""
    path = folder / "level"
    level = int(path.read_text()) if path.exists() else 0
    if random.random() < 0.4:
        level += 1
        put(path, str(level).encode())
    succeeds("configure", "--os-version", "6.1",
             "--os-patchlevel", f"{2020 + level // 12}-{level % 12 + 1:02}-01")


def load(model):
    """Nobody types anything, and after the first time nothing is made anew."""
    journal = Journal(folder / f"journal/{boot}-init")
    journal.begin("init")
    status, _, said = kmctl("init", *root_key())
    must(status == 0, f"init: {status}: {said}")
    must("made a new" not in said or not model.loaded, f"init: {said}")
    # There is none before there is something in it, unless the TPM counts it.
    must("which is new" not in said or not (model.kept or tpm and model.loaded), f"init: {said}")
    journal.done()
    model.loaded = True


def boot_of(path):
    return int(path.name.split("-")[0])


def read_journals():
    model = Model(folder / "model")
    for path in sorted((folder / "journal").iterdir(), key=lambda p: (boot_of(p), p.name)):
        if boot_of(path) + ("-work-" in path.name) > model.settled:
            model.replay(path)
    return model


def settled(model):
    """From here on the journals of before say nothing that the model does not."""
    exports, model.exports, model.settled = model.exports, [], int(boot)
    for line in model.open:
        model.cut[line["do"]] = model.cut.get(line["do"], 0) + 1
    model.save()
    for path in (folder / "journal").iterdir():
        if boot_of(path) < model.settled:
            path.rename(folder / "past" / path.name)
    for path in exports:
        subprocess.run(["rm", "-rf", path], check=True)


def main():
    mount()
    keep_log()
    say_phase("awake")
    model = read_journals()
    configure()
    load(model)
    after.device = km.Device()
    journal = Journal(folder / f"journal/{boot}-verify")
    after.verify(model, journal, "root")
    verify_as_user(model, journal)
    settled(model)
    if mode == "last":
        return
    workers = [Worker("root1", "root", model), Worker("root2", "root", model),
               Worker("user1", "user", model), Rotator("rotator", "none", model)]
    say_phase("work")
    children = [start(worker.work, worker.store == "user")[0] for worker in workers]
    os.waitpid(-1, 0)
    raise Fault(f"one of {children} has ended")


if __name__ == "__main__":
    folder, boot, seed, mode = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
    after.folder = folder
    tpm = (folder / "tpm").exists()
    random.seed(f"{seed}-{boot}")
    try:
        main()
    except Exception as e:
        fail(str(e) if isinstance(e, Fault) else traceback.format_exc())
