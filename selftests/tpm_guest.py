#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# The steps of vm/tpm_test.sh: each is what happens in one boot. tpm_guest.py DIR STEP
# DIR outlives the boot, as a disk does; the TPM has a folder of its own. The program that
# keeps the state is the shipped kmctl, or a script around it.

import errno
import os
import pathlib
import shutil
import subprocess
import sys

import km
import tpm
from tap import equal

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
    again("--new-state")
    use("key")
    use("key")
    use("key", status=5)


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


def main():
    global folder
    folder = pathlib.Path(sys.argv[1])
    subprocess.run(["mountpoint", "-q", folder], check=True)
    steps[sys.argv[2]](*sys.argv[3:])


if __name__ == "__main__":
    main()
