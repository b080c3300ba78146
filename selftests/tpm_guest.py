#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The steps of vm/tpm_test.sh: each is what happens after the module was loaded, in one boot or
# in several. tpm_guest.py DIR NAME:STEP,STEP...: DIR/NAME outlives the boot, as a disk does; the
# TPM has a folder of its own. The program that keeps the state is the shipped kmctl, or a
# script around it.

import errno
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import traceback

import doors
import km
import tpm
from tap import equal, refused

TOP = pathlib.Path(sys.argv[1])
folder = None
steps = {}


def step(function):
    steps[function.__name__] = function
    return function


def path(name):
    return folder / name


def kmctl(*args, status=0, says=""):
    ran = subprocess.run(["kmctl", *map(str, args)], capture_output=True, stdin=subprocess.DEVNULL)
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    if ran.returncode != status or says not in said:
        raise AssertionError(f"kmctl {args}: {ran.returncode}, not {status} {says!r}: {said}")
    return ran.stdout


def direct(call, *args, **options):
    """One call past kmctl; the device is closed again, so that the module can go."""
    device = km.Device()
    try:
        return getattr(device, call)(*args, **options)
    finally:
        device.close()


def fresh():
    """The module as after a boot."""
    km.reload()


def root_key():
    if not path("root.key").exists():
        path("root.key").write_bytes(bytes(range(32)))
    os.chmod(path("root.key"), 0o600)
    return "--file", path("root.key")


def load(*more, **expected):
    return kmctl("init", *root_key(), "--state", path("state"), "--counter", *more, **expected)


def reload(*more, **expected):
    fresh()
    return load(*more, **expected)


def again(*more, **expected):
    """The root key is there, the state was refused."""
    return kmctl("init", "--state", path("state"), "--counter", *more, **expected)


def counted(name, uses):
    kmctl("generate", "--blob", path(name), "--algorithm", "hmac", "--size", 256, "--digest",
          "sha256", "--purpose", "sign", "--no-auth", "--usage-count", uses, "--force")


def use(name, status=0):
    path("message").write_bytes(b"message")
    kmctl("sign", "--blob", path(name), "--in", path("message"), status=status)


def keep(name):
    shutil.copy(path("state"), path(name))


def put_back(name):
    shutil.copy(path(name), path("state"))


# --- over boots ----------------------------------------------------------------------------


@step
def begin():
    """Three uses, of which one is left; the state before the second is kept aside."""
    load(says="counted by the TPM")
    kmctl("status", says="a counter in the TPM refuses an old one")
    equal(2, direct("info")["state"], "counted")
    counted("key", 3)
    use("key")
    keep("old")
    use("key")


@step
def goes_on():
    load(says="counted by the TPM")
    use("key")
    use("key", status=5)


@step
def old_is_refused():
    put_back("old")
    load(status=3, says="not the last one that this TPM knows")
    equal(0, direct("info")["state"], "nothing was taken")
    # With the root key alone no use is regained.
    use("key", status=5)
    # Neither with a state of which somebody says that it is the last.
    again("--new-state")
    use("key", status=5)
    counted("key", 1)
    use("key")


@step
def lost_is_refused():
    os.remove(path("state"))
    load(status=3, says="missing, and the TPM knows of one")
    again("--new-state", says="which is new")
    use("key", status=5)
    counted("another", 1)
    reload()
    use("another")


@step
def begin_and_lose_power():
    """The file is written, and the machine is gone before the counter moves."""
    begin()
    path("helper").write_text(f"""#!/bin/sh
{shutil.which("kmctl")} "$@" && echo written > {path('written')} && sync && echo b > /proc/sysrq-trigger
sleep 60
""")
    path("helper").chmod(0o755)
    fresh()
    kmctl("init", *root_key(), "--no-state")
    direct("load_state", path("helper"), path("state"), path("state").read_bytes(), flags=1)
    use("key")
    raise AssertionError("still there")


@step
def goes_on_after_power_loss():
    equal("written\n", path("written").read_text(), "the file was written")
    load()
    # The last use was in the file; its output was never handed out.
    use("key", status=5)
    reload()
    use("key", status=5)


@step
def another_tpm_refuses():
    load(status=3, says="not the last one that this TPM knows")


@step
def no_tpm_no_counter():
    load(status=6, says="this machine has no TPM 2.0")
    again("--new-state", status=6, says="this machine has no TPM 2.0")


# --- in one boot -----------------------------------------------------------------------------


def failing_helper(name):
    """It writes the file, keeps a copy, and fails."""
    path("helper").write_text(f"""#!/bin/sh
[ ! -e {path('fail')} ] || {{ {shutil.which("kmctl")} "$@" && cp "$1" {path(name)}; exit 1; }}
exec {shutil.which("kmctl")} "$@"
""")
    path("helper").chmod(0o755)


def load_with_helper():
    direct("load_state", path("helper"), path("state"), path("state").read_bytes(), flags=1)


@step
def unfinished():
    """A state that was written and never the last is accepted in its time, and never later."""
    load()
    counted("key", 9)
    fresh()
    kmctl("init", *root_key(), "--no-state")
    failing_helper("ahead")
    load_with_helper()
    keep("before")
    path("fail").touch()
    use("key", status=1)
    use("key", status=1)
    keep("after_two")
    path("fail").unlink()
    # The boot before did not finish, and the older file is the last one.
    put_back("before")
    reload()
    use("key")
    keep("last")
    for name in ("ahead", "before", "after_two"):
        put_back(name)
        reload(status=3, says="not the last one")
    put_back("last")
    reload()
    # And one that did finish.
    fresh()
    kmctl("init", *root_key(), "--no-state")
    load_with_helper()
    path("fail").touch()
    use("key", status=1)
    path("fail").unlink()
    reload()
    for name in ("last", "ahead"):
        copied = path("state").read_bytes()
        if path(name).read_bytes() != copied:
            put_back(name)
            reload(status=3, says="not the last one")
        path("state").write_bytes(copied)
    reload()
    for _ in range(7):
        use("key")
    use("key", status=5)


@step
def kinds():
    """Counted or not: it cannot be taken for the other."""
    fresh()
    kmctl("init", *root_key(), "--state", path("state"))
    counted("key", 2)
    keep("uncounted")
    reload(status=3, says="not the last one")
    again("--new-state", says="counted by the TPM")
    use("key")
    fresh()
    kmctl("init", *root_key(), "--state", path("state"), status=3, says="give --counter")
    put_back("uncounted")
    reload(status=3, says="not the last one")
    kmctl("init", "--ephemeral", "--counter", status=2, says="does not go with")
    kmctl("init", *root_key(), "--counter", "--no-state", status=2, says="does not go with")
    kmctl("init", *root_key(), "--new-state", status=2, says="wants --counter")
    try:
        direct("load_state", "/bin/true", "x", flags=2)
        raise AssertionError("NEW without COUNTER")
    except km.Refused as e:
        equal(errno.EINVAL, e.errno, "NEW without COUNTER")


@step
def meddling():
    """What somebody does who may talk to the TPM: he can spoil the state, not turn it back."""
    load()
    counted("key", 3)
    keep("old")
    use("key")
    keep("last")
    # A step of his: nothing is kept any more, and no file that was written is accepted.
    tpm.step(bytes(32))
    use("key", status=1)
    equal(path("last").read_bytes(), path("state").read_bytes(), "the file was left alone")
    for name in ("last", "old"):
        put_back(name)
        reload(status=3, says="not the last one")
    # The index made anew, of our kind and of others.
    tpm.undefine()
    for name in ("last", "old"):
        put_back(name)
        reload(status=3, says="not the last one")
    tpm.define(tpm.EXTEND)
    reload(status=3, says="not the last one")
    for kind, size in ((tpm.ORDINARY, 32), (tpm.COUNT, 8), (tpm.EXTEND | 0x04000000, 32)):
        tpm.undefine()
        tpm.define(kind, size=size)
        reload(status=1, says="the TPM has something else")
        again("--new-state", status=1, says="the TPM has something else")
    tpm.undefine()
    put_back("last")
    again("--new-state")
    use("key", status=5)
    counted("key", 3)
    use("key")
    # The index is gone while the state is in use.
    tpm.undefine()
    use("key", status=1)


@step
def steps_only():
    """The TPM makes one step for each state that is kept, and none for reading."""
    load()
    counted("key", 2)
    state = path("state").read_bytes()
    use("key")
    if state == path("state").read_bytes():
        raise AssertionError("the file was not written")
    last = direct("get_state")
    equal(path("state").read_bytes(), last, "GET_STATE outside of a run: the last state")
    reload()
    equal(last, direct("get_state"), "after the load, too")
    equal([], tpm.handles(0x80000000), "objects that were left in the TPM")


# --- the root key ----------------------------------------------------------------------------


def root(*more, **expected):
    return kmctl("init", "--tpm", "--tpm-file", path("root.tpm"), "--state", path("state"), *more,
                 **expected)


def anew(*more, **expected):
    fresh()
    return root(*more, **expected)


def plain_key(name, *more):
    kmctl("generate", "--blob", path(name), "--algorithm", "hmac", "--size", 256, "--digest",
          "sha256", "--purpose", "sign", "--no-auth", "--force", *more)


def mac(name, status=0):
    path("message").write_bytes(b"message")
    return kmctl("sign", "--blob", path(name), "--in", path("message"), status=status)


def left_nothing():
    """What was made in the TPM for the work is gone."""
    equal([], tpm.handles(0x80000000), "objects")
    equal([], tpm.handles(0x02000000), "sessions")
    equal([], tpm.handles(0x03000000), "sessions")


@step
def provision():
    root(says="made a new root key")
    kmctl("status", says="root key    tpm, check value")
    kmctl("status", says="whoever has the disk without this machine")
    status = json.loads(kmctl("status", "--json"))
    equal(("tpm", "counted"), (status["root-key"]["source"], status["state"]), "status")
    plain_key("key")
    path("mac").write_bytes(mac("key"))
    counted("limited", 2)
    use("limited")
    equal(0o600, path("root.tpm").stat().st_mode & 0o777, "mode of the sealed key")
    root(status=7, says="a root key is loaded already")
    left_nothing()


@step
def same_keys():
    """Nobody types anything, and what was made before works."""
    root(says="root key loaded")
    equal(path("mac").read_bytes(), mac("key"), "the same key")
    use("limited")
    use("limited", status=5)
    kmctl("init", "--ephemeral", status=7, says="a root key is loaded already")
    left_nothing()


# --- rollback resistance -----------------------------------------------------------------------


def resistant(name):
    plain_key(name, "--rollback-resistance")
    shutil.copy(path(name), path(name + ".copy"))


def restore(name):
    shutil.copy(path(name + ".copy"), path(name))


@step
def row_82_deleted():
    """A deleted key stays deleted, whatever is restored: the blob, and the state with it."""
    root()
    for name in ("gone", "stays", "old"):
        resistant(name)
    kmctl("show", "--blob", path("gone"), says="rollback-resistance")
    equal(4, path("gone").read_bytes()[0], "format")
    keep("before")
    mac("gone")
    kmctl("delete", "--blob", path("gone"))
    equal(False, path("gone").exists(), "its file")
    restore("gone")
    mac("gone", status=5)
    path("mac").write_bytes(mac("stays"))
    # An upgrade gives the new blob another slot; the old one goes alone, or the key as a whole.
    kmctl("configure", "--os-patchlevel", "2026-11-01")
    kmctl("upgrade", "--blob", path("old"))
    if path("old").read_bytes()[-4:] == path("old.copy").read_bytes()[-4:]:
        raise AssertionError("the same slot")
    mac("old")
    device = km.Device()
    device.delete(path("old.copy").read_bytes())
    mac("old")
    for blob in (path("old.copy"), path("old")):
        refused_upgrade = blob == path("old.copy")
        try:
            device.upgrade(blob.read_bytes())
            equal(False, refused_upgrade, "the old blob opens")
        except km.Refused as e:
            equal((True, "INVALID_KEY_BLOB"), (refused_upgrade, e.code), str(blob))
    device.close()


@step
def row_82_after_the_boot():
    load_root_and_patchlevel()
    restore("gone")
    mac("gone", status=5)
    mac("old")
    upgraded("stays")
    equal(path("mac").read_bytes(), mac("stays"), "the one that was not deleted")
    # The state of before the deletion, and nobody's word helps it.
    keep("last")
    put_back("before")
    anew(status=3, says="not the last one that this TPM knows")
    mac("gone", status=5)
    kmctl("init", "--state", path("state"), "--counter", "--new-state")
    for name in ("gone", "stays"):
        mac(name, status=5)
    # All at once.
    for name in ("one", "two"):
        resistant(name)
        mac(name)
    plain_key("plain")
    kmctl("delete-all", "--all-users")
    for name in ("one", "two"):
        restore(name)
        mac(name, status=5)
    mac("plain")


def load_root_and_patchlevel():
    root()
    kmctl("configure", "--os-patchlevel", "2026-11-01")


@step
def as_many_as_there_are():
    """Full or absent: ROLLBACK_RESISTANCE_UNAVAILABLE, and an upgrade has room still."""
    root()
    device = km.Device()
    described = km.Device.generate, device, doors.aes(km.CTR, more=[km.ROLLBACK_RESISTANCE])
    keys = [described[0](*described[1:]) for _ in range(64)]
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", *described)
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", *described, km.OCB_BLOB)
    device.configure(os_patchlevel=202611)
    for key in keys:
        new = device.upgrade(key)
        device.delete(key)
        device.operate(km.ENCRYPT, new, doors.cipher(km.CTR), b"message")
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", *described)
    device.delete(new)
    described[0](*described[1:])
    refused("ROLLBACK_RESISTANCE_UNAVAILABLE", *described, km.OCB_BLOB)
    device.close()


# --- another root key -----------------------------------------------------------------------


def upgraded(name):
    """Not a key of a store: nobody does it unasked."""
    kmctl("sign", "--blob", path(name), "--in", path("message"), status=5,
          says="KEY_REQUIRES_UPGRADE")
    kmctl("upgrade", "--blob", path(name))


@step
def rotate():
    """From one sealed root key to the next; the state and what it keeps go along."""
    root()
    path("message").write_bytes(b"message")
    for name in ("key", "limited"):
        shutil.copy(path(name), path(name + ".copy"))
    resistant("resistant")
    was = path("root.tpm").read_bytes()
    kmctl("root", "rotate", "--tpm", "--tpm-file", path("root.tpm"), says="root key rotated")
    equal(True, was != path("root.tpm").read_bytes(), "another sealed key")
    kmctl("status", says="the root key before is kept")
    upgraded("key")
    equal(path("mac").read_bytes(), mac("key"), "the same key")
    path("root.tpm.before").write_bytes(was)


@step
def after_the_rotation():
    root(says="root key loaded")
    equal(path("mac").read_bytes(), mac("key"), "the same key")
    for name in ("key.copy", "limited", "resistant"):
        upgraded(name)
    equal(path("mac").read_bytes(), mac("key.copy"), "the same key")
    use("limited")
    use("limited", status=5)
    mac("resistant")
    kmctl("delete", "--blob", path("resistant"))
    restore("resistant")
    mac("resistant", status=5)
    kmctl("root", "forget", "--tpm", "--tpm-file", path("root.tpm"))
    mac("key")
    mac("limited.copy", status=5)
    left_nothing()
    # The old root key does not come back with its file: it opens the blobs, and not the state.
    last = path("root.tpm").read_bytes()
    path("root.tpm").write_bytes(path("root.tpm.before").read_bytes())
    anew(status=4, says="damaged, or of another root key")
    path("root.tpm").write_bytes(last)
    anew(says="root key loaded")


# --- who has the disk ----------------------------------------------------------------------


def no_key(status, says):
    root(status=status, says=says)
    equal(0, direct("info")["root_source"], "root key")
    mac("key", status=6)


@step
def refused_by_another_tpm():
    no_key(3, "sealed by another TPM, or before this one was cleared")
    left_nothing()


@step
def refused_without_tpm():
    no_key(6, "this machine has no TPM 2.0")
    kmctl("init", "--tpm", "--tpm-file", path("other.tpm"), status=6, says="has no TPM 2.0")
    equal(False, path("other.tpm").exists(), "a file of nothing")


@step
def invalid_here():
    """A blob of another machine, whose root key another TPM has sealed."""
    path("root.tpm").rename(path("root.tpm.of_a"))
    path("state").unlink()
    root(says="made a new root key")
    mac("key", status=5)
    try:
        direct("characteristics", path("key").read_bytes())
        raise AssertionError("the blob opened")
    except km.Refused as e:
        equal("INVALID_KEY_BLOB", e.code, "a blob of another machine")
    plain_key("own")
    mac("own")


@step
def usual_place():
    """The root key, its record and the state lie in root's store, and are no faults of it."""
    kmctl("init", "--tpm", says="made a new root key")
    kmctl("store", "check", says="keys 0, faults 0")
    kmctl("root", "rotate", "--tpm")
    usual = pathlib.Path("/var/lib/keymaster")
    shutil.copy(usual / "root.tpm", usual / "root.tpm.new")
    equal(["root.tpm", "root.tpm.new", "root.tpm.previous", "state"],
          sorted(os.listdir(usual)), "what is there")
    kmctl("store", "check", says="keys 0, faults 0")


@step
def damaged():
    sealed = path("root.tpm").read_bytes()

    def refused(data, status=4, says="damaged"):
        path("root.tpm").write_bytes(data)
        root(status=status, says=says)
        equal(0, direct("info")["root_source"], "root key")

    # Magic, PCRs, check value, both areas and the digest, byte by byte where it is quick.
    for at in range(len(sealed)):
        bad = bytearray(sealed)
        bad[at] ^= 1 << at % 8
        try:
            direct("load_root", km.ROOT_TPM, bytes(bad))
            raise AssertionError(f"byte {at}: loaded")
        except km.Refused as e:
            equal("VERIFICATION_FAILED", e.code, f"byte {at}")
    for at in (0, 8, 12, 40, len(sealed) - 40, len(sealed) - 1):
        refused(sealed[:at] + bytes([sealed[at] ^ 0x80]) + sealed[at + 1:])
    for data in (sealed[:-1], sealed + b"\0", sealed[:40], b""):
        refused(data, 4 if data else 1, "damaged" if data else "")
    # Whoever makes the digest fit has made a file that the TPM does not open.
    for at in (40, 60, 160, len(sealed) - 60):
        body = bytearray(sealed[:-32])
        body[at] ^= 1
        refused(bytes(body) + hashlib.sha256(body).digest(), 3, "sealed by another TPM")
    body = bytearray(sealed[:-32])
    body[12] ^= 1
    refused(bytes(body) + hashlib.sha256(body).digest(), 3, "has another root key than it says")
    left_nothing()
    path("root.tpm").write_bytes(sealed)
    root()
    equal(path("mac").read_bytes(), mac("key"), "the same key")


@step
def provision_pcrs():
    root("--pcrs", "7,16", says="made a new root key")
    plain_key("key")
    path("mac").write_bytes(mac("key"))
    anew("--pcrs", "7,16", says="root key loaded")
    anew(says="root key loaded")
    fresh()
    root("--pcrs", "7", status=3, says="was not sealed for the PCRs 7")
    for wrong in ("", "24", "-1", "7,", "7,,8", "a", "7 8"):
        root("--pcrs", wrong, status=2, says="wanted are numbers")
    left_nothing()


@step
def other_pcrs():
    root()
    fresh()
    tpm.extend_pcr(15)
    anew(says="root key loaded")
    tpm.extend_pcr(16)
    fresh()
    no_key(3, "sealed for other PCRs than there are now")
    left_nothing()


@step
def check_values():
    """A root key that is not the one of before is told when it is loaded."""
    key, sealed = path("root.key"), path("root.tpm")
    fresh()
    kmctl("init", *root_key(), "--no-state")
    check = path("root.key.check").read_text()
    equal(direct("info")["root_check"].hex() + "\n", check, "beside the file")
    fresh()
    key.write_bytes(bytes(32))
    kmctl("init", *root_key(), "--no-state", status=3, says="not the root key that")
    equal(0, direct("info")["root_source"], "root key")
    path("root.key.check").write_text(check[:10])
    kmctl("init", *root_key(), "--no-state", status=4, says="damaged: it is no check value")
    path("root.key.check").unlink()
    kmctl("init", *root_key(), "--no-state", says="root key loaded")
    # The sealed file does not have the root key in it; the memory of the module did.
    fresh()
    kmctl("init", "--tpm", "--tpm-file", sealed, "--no-state")
    equal("volatile", json.loads(kmctl("status", "--json"))["state"], "--no-state")
    one, two = (direct("create_root", km.ROOT_TPM) for _ in range(2))
    equal(False, one[1] == two[1], "each is another")
    for wrong in ((km.ROOT_BYTES, 0), (5, 0), (km.ROOT_TPM, 1 << 24)):
        try:
            direct("create_root", *wrong)
            raise AssertionError(f"{wrong}: made")
        except km.Refused as e:
            equal((errno.EINVAL, "OK"), (e.errno, e.code), f"{wrong}")


# --- the service -----------------------------------------------------------------------------


def start_service():
    """What the unit says, with what stands in its file of options."""
    here = pathlib.Path(os.path.realpath(__file__)).parent
    unit = (here / "../tools/packaging/keymaster.service.in").read_text()
    options = path("default").read_text().strip().partition("=")
    equal("KMCTL_INIT", options[0], "the name in the file of options")
    bindir = os.path.dirname(shutil.which("kmctl"))
    for line in unit.splitlines():
        key, _, command = line.partition("=")
        if key in ("ExecStartPre", "ExecStart"):
            command = command.replace("@BINDIR@", bindir).replace("$KMCTL_INIT", options[2])
            subprocess.run(command.split(), check=True, stdin=subprocess.DEVNULL)


@step
def service_first():
    """The module is not there yet, nor is a file."""
    subprocess.run(["rmmod", "keymaster"], check=True)
    path("default").write_text(
        f"KMCTL_INIT=--tpm --tpm-file {path('root.tpm')} --state {path('state')}\n")
    start_service()
    plain_key("key")
    path("mac").write_bytes(mac("key"))
    counted("limited", 1)


@step
def service_again():
    subprocess.run(["rmmod", "keymaster"], check=True)
    start_service()
    equal(path("mac").read_bytes(), mac("key"), "the same key")
    use("limited")
    use("limited", status=5)


def group(name, names):
    """The steps of one test, each with the module as after a boot."""
    global folder
    folder = TOP / name
    for step_name in names:
        fresh()
        steps[step_name]()
        path(step_name + ".ok").touch()


def main():
    """NAME:STEP,STEP...: tests that share a boot and a TPM, each with a counter of its own."""
    subprocess.run(["mountpoint", "-q", TOP], check=True)
    for number, test in enumerate(sys.argv[2:]):
        name, _, names = test.partition(":")
        if number and os.path.exists("/dev/tpm0") and tpm.COUNTER in tpm.handles(0x01000000):
            tpm.undefine()
        try:
            group(name, names.split(","))
        except Exception:
            traceback.print_exc()


if __name__ == "__main__":
    main()
