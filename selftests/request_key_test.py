#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# keymaster-request-key with the real keyctl and /sbin/request-key: who asks a keyring for an
# alias gets his stored key and nobody else's. In the throw-away guest: it makes users, and
# writes into /etc/request-key.d.

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import km
from tap import equal, main, test

TOP = os.environ.get("KM_TOP", "")
KMCTL = shutil.which("kmctl")
PROGRAM = os.path.normpath(os.path.join(os.path.dirname(KMCTL or "/"),
                                        "../sbin/keymaster-request-key"))
A, B, UNKNOWN = "km-ask-a", "km-ask-b", 123456
NO_KEY, REJECTED = "Required key not available", "Key was rejected by service"
TEXT = b"what is signed"
HMAC = "--algorithm hmac --size 256 --digest sha256 --purpose sign --no-auth".split()
SIGN = [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)]
logged = []


# --- as a user, in a session of his own ---------------------------------------------------

def ask(alias, info=""):
    """keyctl request2: the serial number, or what keyctl says."""
    done = subprocess.run(["keyctl", "request2", "keymaster", alias, info, "@s"],
                          capture_output=True, text=True, check=False)
    return int(done.stdout) if not done.returncode else done.stderr.strip()


def sign(serial):
    """By the serial number alone; hex, or why not."""
    if isinstance(serial, str):
        return serial
    try:
        return km.Device().operate(km.SIGN, serial, SIGN, TEXT)[0].hex()
    except (OSError, km.Refused) as e:
        return str(e)


def ask_twice(alias, command, pause):
    """Before something was done, and a moment after it."""
    first = ask(alias)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    time.sleep(pause)
    return first, sign(ask(alias))


INNER = {"ask": ask, "sign": lambda *args: sign(ask(*args)), "twice": ask_twice}


def as_user(who, what, *args, unshare=()):
    """One of INNER as that user, in a new session keyring."""
    command = ["setpriv", "--reuid", str(who), "--regid", str(who),
               "--clear-groups" if isinstance(who, int) else "--init-groups", "--reset-env"]
    if isinstance(who, int):
        command = command[:-1]
    done = subprocess.run([*command, *unshare, "keyctl", "session", "-", sys.executable, __file__,
                           "inner", json.dumps([what, *args])], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise AssertionError(f"{what} {args}: {done.stdout} {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def kmctl(who, *args):
    return subprocess.run(["setpriv", "--reuid", who, "--regid", who, "--init-groups",
                           "--reset-env", KMCTL, *args], input=TEXT, capture_output=True,
                          check=True).stdout


def signed(who, alias):
    """What the stored key signs, through kmctl."""
    return kmctl(who, "sign", alias).hex()


def store(who):
    return os.path.expanduser(f"~{who}/.local/share/keymaster")


def blob(who, alias):
    return f"{store(who)}/{alias}.blob"


def own(path, who):
    shutil.chown(path, who, who)


# --- the machine --------------------------------------------------------------------------

def collect_log():
    """What programs send to syslog comes here."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if os.path.exists("/dev/log"):
        os.unlink("/dev/log")
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)

    def loop():
        while True:
            logged.append(log.recv(65536).decode(errors="replace"))
    threading.Thread(target=loop, daemon=True).start()


def set_up():
    os.makedirs("/etc/request-key.d", exist_ok=True)
    with open(f"{TOP}/tools/packaging/request-key.conf.in", encoding="ascii") as file:
        line = file.read().replace("@SBINDIR@", os.path.dirname(PROGRAM))
    with open("/etc/request-key.d/keymaster.conf", "w", encoding="ascii") as file:
        file.write(line)
    collect_log()
    km.ready().close()
    os.chmod(km.DEVICE, 0o666)
    os.chmod(os.path.dirname(os.path.abspath(__file__)), 0o755)
    for who in (A, B):
        subprocess.run(["useradd", "-m", who], check=True)
        kmctl(who, "generate", "ssh", *HMAC)
    kmctl(B, "generate", "bank", *HMAC)


# --- tests --------------------------------------------------------------------------------

@test
def a_stored_key_by_its_alias():
    equal(signed(A, "ssh"), as_user(A, "sign", "ssh"), "what it signs")


@test
def each_user_has_his_own_of_that_name():
    equal(signed(B, "ssh"), as_user(B, "sign", "ssh"), "what it signs")
    equal(False, signed(A, "ssh") == signed(B, "ssh"), "the same")


@test
def an_alias_of_another_user():
    equal(True, NO_KEY in as_user(A, "ask", "bank"), "ENOKEY")
    equal(signed(B, "bank"), as_user(B, "sign", "bank"), "its owner")


@test
def any_bytes_are_an_alias_but_few_are_there():
    for alias in ("missing", "../../km-ask-b/.local/share/keymaster/bank", "a/b", ".", "x" * 250,
                  "x" * 2000, "*", "; reboot", "\xe4\n<3>forged: line"):
        said = as_user(A, "ask", alias)
        equal(True, isinstance(said, str) and NO_KEY in said, f"{alias!r}: {said}")
    kmctl(A, "generate", "two words/%k", *HMAC)
    equal(signed(A, "two words/%k"), as_user(A, "sign", "two words/%k"), "an unusual one")


@test
def what_a_caller_adds():
    equal(True, "Invalid argument" in as_user(A, "ask", "ssh", "nothing is known"), "EINVAL")


@test
def a_key_made_after_a_miss():
    first, later = as_user(A, "twice", "late", [KMCTL, "generate", "late", *HMAC], 3)
    equal(True, NO_KEY in first, "there is none")
    equal(signed(A, "late"), later, "the refusal lasts a moment and no longer")


@test
def links_to_a_key_of_another():
    """Neither of the file, which nobody follows, nor of the store, which is not his."""
    os.symlink(blob(B, "bank"), blob(A, "link"))
    equal(True, NO_KEY in as_user(A, "ask", "link"), "a symbolic link")
    # His own would be of no use either: a link is no blob.
    os.symlink(blob(A, "ssh"), blob(A, "mine"))
    equal(True, NO_KEY in as_user(A, "ask", "mine"), "to a key of his own")
    os.rename(store(A), store(A) + ".was")
    os.chmod(os.path.expanduser(f"~{B}"), 0o755)
    for path in (".local", ".local/share", ".local/share/keymaster"):
        os.chmod(os.path.expanduser(f"~{B}/{path}"), 0o755)
    os.chmod(blob(B, "bank"), 0o644)
    os.symlink(store(B), store(A))
    said = as_user(A, "ask", "bank")
    os.unlink(store(A))
    os.rename(store(A) + ".was", store(A))
    equal(True, isinstance(said, str) and "not permitted" in said, f"the other's store: {said}")


@test
def a_copy_of_a_key_of_another():
    """Who can read the file has not got the key: the kernel knows whose it is."""
    shutil.copy(blob(B, "bank"), blob(A, "copied"))
    own(blob(A, "copied"), A)
    said = as_user(A, "ask", "copied")
    equal(True, isinstance(said, str) and REJECTED in said, f"refused by the kernel: {said}")


@test
def what_is_no_blob():
    with open(blob(A, "broken"), "wb") as file:
        file.write(b"no blob at all")
    own(blob(A, "broken"), A)
    equal(True, REJECTED in as_user(A, "ask", "broken"), "EKEYREJECTED")
    os.mkdir(blob(A, "folder"))
    os.mkfifo(blob(A, "pipe"))
    own(blob(A, "pipe"), A)
    for alias in ("folder", "pipe"):
        equal(True, NO_KEY in as_user(A, "ask", alias), alias)


@test
def a_store_that_others_write_to():
    os.chmod(store(A), 0o777)
    said = as_user(A, "ask", "ssh")
    os.chmod(store(A), 0o700)
    equal(True, isinstance(said, str) and "not permitted" in said, f"EPERM: {said}")


@test
def a_user_without_a_store_and_one_without_a_name():
    subprocess.run(["useradd", "-m", "km-ask-c"], check=True)
    equal(True, NO_KEY in as_user("km-ask-c", "ask", "ssh"), "no store")
    equal(True, NO_KEY in as_user(UNKNOWN, "ask", "ssh"), "no user")
    equal(True, NO_KEY in as_user(2 ** 32 - 2, "ask", "ssh"), "the last one")


@test
def root_has_a_store_too():
    subprocess.run([KMCTL, "generate", "request-key-test", *HMAC, "--force"], check=True)
    atexit.register(subprocess.run, [KMCTL, "delete", "request-key-test"], check=False)
    want = subprocess.run([KMCTL, "sign", "request-key-test"], input=TEXT, capture_output=True,
                          check=True).stdout.hex()
    equal(want, as_user("root", "sign", "request-key-test"), "what it signs")
    equal(True, NO_KEY in as_user("root", "ask", "ssh"), "a user's key")


@test
def from_a_user_namespace():
    """Who is root there is, for files and keys, the user that he is outside."""
    inside = ("unshare", "-U", "-r")
    equal(signed(A, "ssh"), as_user(A, "sign", "ssh", unshare=inside), "his own")
    equal(True, NO_KEY in as_user(A, "ask", "bank", unshare=inside), "another's")
    equal(True, NO_KEY in as_user(A, "ask", "request-key-test", unshare=inside), "root's")
    equal(True, NO_KEY in as_user(UNKNOWN, "ask", "ssh", unshare=inside), "a user of no name")


@test
def nobody_waits_for_ever():
    """A file system that never answers where the store should be."""
    subprocess.run(["modprobe", "fuse"], check=True)
    os.rename(store(A), store(A) + ".was")
    os.mkdir(store(A))
    own(store(A), A)
    hung = open("/dev/fuse", "rb+", buffering=0)
    try:
        uid = int(subprocess.check_output(["id", "-u", A]))
        subprocess.run(["mount", "-i", "-t", "fuse", "-o",
                        f"fd={hung.fileno()},rootmode=40000,user_id={uid},group_id={uid}",
                        "hung", store(A)], check=True, pass_fds=[hung.fileno()])
        began = time.monotonic()
        said = as_user(A, "ask", "ssh")
        took = time.monotonic() - began
    finally:
        hung.close()
        subprocess.run(["umount", "-l", store(A)], check=False)
        os.rmdir(store(A))
        os.rename(store(A) + ".was", store(A))
    equal(True, isinstance(said, str) and "timed out" in said, f"ETIMEDOUT: {said}")
    equal(True, took < 60, f"it took {took:.1f} s")
    equal(signed(A, "ssh"), as_user(A, "sign", "ssh"), "afterwards")


@test
def after_an_update_of_the_system():
    """A loaded key of before would be refused at every use."""
    with open(blob(B, "bank"), "rb") as file:
        before = file.read()
    want = signed(B, "bank")
    subprocess.run([KMCTL, "configure", "--os-version", "14", "--os-patchlevel", "2026-09-01"],
                   check=True)
    equal(want, as_user(B, "sign", "bank"), "what it signs")
    with open(blob(B, "bank"), "rb") as file:
        equal(False, before == file.read(), "the same blob")
    # One that does not open without its application id stays as it is.
    kmctl(B, "generate", "app", *HMAC, "--application-id", "me")
    equal(True, REJECTED in as_user(B, "ask", "app"), "EKEYREJECTED")


@test
def called_by_others():
    """It has no rights of its own: who calls it gets nothing."""
    for arguments in ([], ["1", "ssh", "", "0"], ["x", "ssh", "", "0"],
                      ["1", "ssh", "", "99999999999"]):
        equal(False, subprocess.run(["setpriv", "--reuid", A, "--regid", A, "--init-groups",
                                     PROGRAM, *arguments], check=False).returncode == 0,
              f"{arguments}")


@test
def what_the_log_says():
    time.sleep(1)
    lines = [line for line in logged if "keymaster-request-key" in line]
    equal(True, any(f"key 'missing': {NO_KEY}" in line for line in lines), f"missing: {lines}")
    equal(False, any("\n" in line.strip("\0\n") for line in lines), "lines of others")
    with open(blob(A, "ssh"), "rb") as file:
        start = file.read()[:16]
    equal(False, any(start.hex() in line or start.decode("latin-1") in line for line in lines),
          "a blob")


if __name__ == "__main__":
    if sys.argv[1:2] == ["inner"]:
        name, *rest = json.loads(sys.argv[2])
        print(json.dumps(INNER[name](*rest)))
    else:
        set_up()
        main()
