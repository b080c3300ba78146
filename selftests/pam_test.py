#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# pam_keymaster with the real programs: login and passwd at a terminal, sudo, pamtester, by
# the profile as pam-auth-update installs it. In the throw-away guest: it makes users.
# holds the module: a lock lasts until the next boot

import atexit
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

from tap import Skip, equal, main, note, test
import typed

KMCTL = shutil.which("kmctl") or "/run/keymaster/bin/kmctl"
TOP = os.environ.get("KM_TOP", "")
HMAC = "--algorithm hmac --size 256 --digest sha256 --purpose sign".split()
ALICE, BOB = "km-alice", "km-bob"
WORD = {ALICE: "Korrekt-Pferd-1", BOB: "Batterie-Klammer-2"}
NEW = "Ganz-Anderes-Wort-3"
LAST = "Von-Root-Gesetzt-4"
SECRETS = [*WORD.values(), NEW, LAST]
logged = []


# --- the machine -----------------------------------------------------------------------

def run(*command, user=None, text=None, ok=True):
    """Status and output; as another user without any login."""
    if user:
        command = ("setpriv", "--reuid", user, "--regid", user, "--init-groups", "--reset-env",
                   "setsid", *command)
    done = subprocess.run(command, input=(text or "").encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=240, check=False)
    output = done.stdout.decode(errors="replace")
    if ok and done.returncode:
        raise AssertionError(f"{command}: status {done.returncode}: {output}")
    return done.returncode, output


def collect_log():
    """What programs send to syslog comes here."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if os.path.exists("/dev/log"):
        os.unlink("/dev/log")
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)

    def loop():
        while True:
            logged.append(log.recv(65536))
    threading.Thread(target=loop, daemon=True).start()


def service(name, *lines):
    with open(f"/etc/pam.d/{name}", "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def make_user(name):
    if run("id", name, ok=False)[0]:
        run("useradd", "-m", "-s", "/bin/sh", name)
    hashed = run("openssl", "passwd", "-6", WORD[name])[1].strip()
    run("usermod", "-p", hashed, name)


def set_up():
    if os.geteuid():
        raise Skip("needs root")
    module = os.path.join(TOP, "build/security/pam_keymaster.so")
    target = os.path.dirname(glob.glob("/usr/lib/*/security/pam_unix.so")[0])
    shutil.copy(module, target)
    shutil.copy(os.path.join(TOP, "tools/packaging/pam-config"), "/usr/share/pam-configs/keymaster")
    collect_log()
    run("env", "DEBIAN_FRONTEND=noninteractive", "pam-auth-update", "--force", "--enable",
        "keymaster")
    service("km-first", "auth required pam_keymaster.so", "account required pam_permit.so")
    service("km-try", "auth optional pam_permit.so",
            "auth required pam_keymaster.so try_first_pass", "account required pam_permit.so")
    service("km-lock", "auth required pam_permit.so", "account required pam_permit.so",
            "session optional pam_keymaster.so lock", "session required pam_permit.so")
    for name in (ALICE, BOB):
        make_user(name)
    with open("/etc/sudoers.d/km-test", "w", encoding="ascii") as file:
        file.write(f"Defaults timestamp_timeout=0, lecture=never\n{ALICE} ALL=(ALL) ALL\n")
    os.chmod("/etc/sudoers.d/km-test", 0o440)
    if os.path.exists("/dev/keymaster"):
        # Not when another test has pinned it: that one has loaded a root key as well.
        run("rmmod", "keymaster", ok=False)
    run("modprobe", "keymaster")
    os.chmod("/dev/keymaster", 0o666)


def status(user):
    return json.loads(run(KMCTL, "status", "--json", "--user", user)[1])["user"]


def enroll(user):
    """From nothing, without a token; returns the SID."""
    run(KMCTL, "unenroll", "--user", user, ok=False)
    run(KMCTL, "enroll", "--user", user, text=WORD[user] + "\n")
    return status(user)["user-secure-id"]


def key(user, name, *limits):
    run(KMCTL, "generate", name, *HMAC, "--force", "--auth", "password", *limits, user=user)


def sign(user, name):
    return run(KMCTL, "sign", name, "--out", "/dev/null", user=user, text="x", ok=False)


def opens(user, name):
    code, output = sign(user, name)
    equal(0, code, output)


def closed(user, name, why="KEY_USER_NOT_AUTHENTICATED"):
    code, output = sign(user, name)
    equal(3, code, output)
    assert why in output, output


def pamtester(name, user, *calls, text="", ok=True):
    return run("pamtester", name, user, *calls, text=text, ok=ok)


class Login:
    """A person at a terminal: login(1), and then a shell."""

    def __init__(self, user, password=None):
        self.terminal = typed.Terminal(["login"])
        self.say("login: ", user)
        self.say("assword: ", password or WORD[user], secret=True)

    def say(self, prompt, text, secret=False):
        assert self.terminal.wait_for(prompt.encode()), (prompt, self.terminal.shown)
        # The program changes the terminal around its prompt, and then forgets what came before.
        end = time.monotonic() + 60
        while secret and typed.echoes(self.terminal.slave) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        os.write(self.terminal.master, text.encode() + b"\n")

    def do(self, line):
        """A line for the shell: what it writes, and its status."""
        # Not the word itself: the terminal shows the line, too.
        self.say("$ ", f"{line}; echo sta''tus-$?-")
        assert self.terminal.wait_for(b"status-"), self.terminal.shown
        while b"-" not in self.terminal.unread:
            self.terminal.read()
        return int(self.terminal.unread.split(b"-", 1)[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.terminal.ended():
            os.write(self.terminal.master, b"exit\n")
        end = time.monotonic() + 60
        while not self.terminal.ended() and time.monotonic() < end:
            self.terminal.read()
        if not self.terminal.ended():
            os.kill(self.terminal.pid, 9)
        self.terminal.end()


# --- the tests -------------------------------------------------------------------------

@test
def the_profile_is_taken_by_pam_auth_update():
    for name in ("auth", "password", "session"):
        with open(f"/etc/pam.d/common-{name}", encoding="utf-8") as file:
            lines = [line for line in file if "pam_keymaster.so" in line]
        equal(1, len(lines), name)
        assert lines[0].startswith(name) and "optional" in lines[0], lines


@test
def without_a_root_key_it_is_as_if_it_were_not_there():
    if json.loads(run(KMCTL, "status", "--json")[1])["root-key"]["source"] != "none":
        raise Skip("there is one already")
    code, output = pamtester("km-first", ALICE, "authenticate", ok=False)
    assert code and "assword" not in output, output
    with Login(ALICE) as shell:
        equal(0, shell.do("test $(id -un) = " + ALICE))
    run(KMCTL, "init", "--ephemeral")


@test
def who_is_not_enrolled_is_not_asked():
    code, output = pamtester("km-first", ALICE, "authenticate", ok=False)
    assert code and "assword" not in output, output
    assert not status(ALICE)["enrolled"]


@test
def a_key_opens_after_login_without_any_other_step():
    enroll(ALICE)
    key(ALICE, "timed", "--auth-timeout", "600")
    closed(ALICE, "timed")
    with Login(ALICE) as shell:
        equal(0, shell.do(f"echo x | {KMCTL} sign timed --out mac"))
        equal(0, shell.do("test $(wc -c <mac) = 32"))
    opens(ALICE, "timed")


@test
def a_wrong_password_at_login_opens_nothing():
    enroll(ALICE)
    key(ALICE, "timed", "--auth-timeout", "600")
    terminal = Login(ALICE, "wrong-one")
    assert terminal.terminal.wait_for(b"ncorrect"), terminal.terminal.shown
    os.kill(terminal.terminal.pid, 9)
    terminal.terminal.end()
    closed(ALICE, "timed")
    # Behind pam_unix it was not even tried: nobody else can make her wait.
    equal(0, status(ALICE)["failures"])


@test
def a_login_enrols_once_it_was_accepted():
    run(KMCTL, "unenroll", "--user", BOB, ok=False)
    service("km-enrol", "auth required pam_unix.so", "auth optional pam_keymaster.so enroll",
            "account required pam_permit.so")
    code, _ = pamtester("km-enrol", BOB, "authenticate", text="wrong\n", ok=False)
    assert code and not status(BOB)["enrolled"]
    pamtester("km-enrol", BOB, "authenticate", text=WORD[BOB] + "\n")
    assert not status(BOB)["enrolled"], "before setcred"
    with Login(BOB) as shell:
        equal(0, shell.do(f"{KMCTL} generate now {' '.join(HMAC)} --auth password "
                          "--auth-timeout 600"))
        equal(0, shell.do(f"echo x | {KMCTL} sign now --out mac"))
    assert status(BOB)["enrolled"]
    run(KMCTL, "auth", "--user", BOB, text=WORD[BOB] + "\n")


@test
def sudo_opens_keys_too():
    enroll(ALICE)
    key(ALICE, "timed", "--auth-timeout", "600")
    closed(ALICE, "timed")
    _, output = run("sudo", "-S", "-k", "id", "-un", user=ALICE, text=WORD[ALICE] + "\n")
    equal("root", output.split()[-1])
    opens(ALICE, "timed")


@test
def five_wrong_passwords_start_the_throttle():
    enroll(ALICE)
    for _ in range(4):
        code, output = pamtester("km-first", ALICE, "authenticate", text="wrong\n", ok=False)
        assert code and "wait" not in output, output
    for password in ("wrong", WORD[ALICE]):
        code, output = pamtester("km-first", ALICE, "authenticate", text=password + "\n", ok=False)
        assert code and re.search(r"Too many wrong passwords: wait \d+ seconds", output), output
    equal(5, status(ALICE)["failures"])
    # With the other password she still gets in: the module is an addition.
    with Login(ALICE) as shell:
        equal(0, shell.do("true"))


@test
def try_first_pass_asks_when_the_first_is_wrong():
    enroll(ALICE)
    service("km-try", "auth optional pam_unix.so", "account required pam_permit.so",
            "auth required pam_keymaster.so try_first_pass")
    pamtester("km-try", ALICE, "authenticate", text=f"other\n{WORD[ALICE]}\n")
    service("km-use", "auth optional pam_unix.so", "account required pam_permit.so",
            "auth required pam_keymaster.so use_first_pass")
    code, _ = pamtester("km-use", ALICE, "authenticate", text=f"other\n{WORD[ALICE]}\n", ok=False)
    assert code


@test
def a_user_may_use_it_for_himself():
    enroll(ALICE)
    run("pamtester", "km-first", ALICE, "authenticate", user=ALICE, text=WORD[ALICE] + "\n")
    enroll(BOB)
    code, _ = run("pamtester", "km-first", BOB, "authenticate", user=ALICE, text=WORD[BOB] + "\n",
                  ok=False)
    assert code
    equal(0, status(BOB)["failures"])


@test
def a_change_of_password_keeps_the_keys():
    sid = enroll(ALICE)
    key(ALICE, "timed", "--auth-timeout", "600")
    with Login(ALICE) as shell:
        shell.say("$ ", "passwd")
        shell.say("urrent password: ", WORD[ALICE])
        shell.say("ew password: ", NEW)
        shell.say("ew password: ", NEW)
        assert shell.terminal.wait_for(b"updated successfully"), shell.terminal.shown
    equal(sid, status(ALICE)["user-secure-id"])
    code, _ = pamtester("km-first", ALICE, "authenticate", text=WORD[ALICE] + "\n", ok=False)
    assert code
    pamtester("km-first", ALICE, "authenticate", text=NEW + "\n")
    opens(ALICE, "timed")


@test
def a_change_wants_the_current_password():
    make_user(ALICE)
    sid = enroll(ALICE)
    # The keys have another password than the login: it is told, and nothing is lost.
    run(KMCTL, "enroll", "--user", ALICE, text=f"{WORD[ALICE]}\n{LAST}\n")
    service("km-passwd", "password required pam_keymaster.so")
    code, output = run("pamtester", "km-passwd", ALICE, "chauthtok", user=ALICE,
                       text=f"{WORD[ALICE]}\n{NEW}\n{NEW}\n", ok=False)
    assert code and "kmctl enroll" in output, output
    equal(sid, status(ALICE)["user-secure-id"])
    run(KMCTL, "auth", "--user", ALICE, text=LAST + "\n")


@test
def a_reset_by_root_makes_a_new_id_and_says_so():
    make_user(ALICE)
    sid = enroll(ALICE)
    key(ALICE, "timed", "--auth-timeout", "600")
    _, output = run("passwd", ALICE, text=f"{LAST}\n{LAST}\n")
    assert "new secure user id" in output, output
    assert status(ALICE)["user-secure-id"] != sid
    pamtester("km-first", ALICE, "authenticate", text=LAST + "\n")
    closed(ALICE, "timed")
    make_user(ALICE)


@test
def the_last_session_locks():
    enroll(ALICE)
    run(KMCTL, "generate", "open", *HMAC, "--force", "--no-auth", "--unlocked", user=ALICE)
    with Login(ALICE) as shell:
        equal(0, shell.do(f"echo x | {KMCTL} sign open --out mac"))
        pamtester("km-lock", ALICE, "open_session", "close_session")
        # Another one has ended, this one is still there.
        equal(0, shell.do(f"echo x | {KMCTL} sign open --out mac"))
    closed(ALICE, "open", "DEVICE_LOCKED")
    pamtester("km-first", ALICE, "authenticate", text=WORD[ALICE] + "\n")
    opens(ALICE, "open")
    pamtester("km-lock", ALICE, "open_session", "close_session")
    closed(ALICE, "open", "DEVICE_LOCKED")


@test
def no_password_comes_out():
    enroll(ALICE)
    with Login(ALICE) as shell:
        equal(0, shell.do("env >environment"))
        found = b""
        for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    found += file.read()
            except OSError:
                continue
        # The shell writes that file before it says how env has ended.
        with open(f"/home/{ALICE}/environment", "rb") as file:
            found += file.read()
    assert ALICE.encode() in found
    everything = found + b"".join(logged) + run("dmesg")[1].encode()
    assert b"pam_keymaster" in everything, "nothing was logged at all"
    for secret in SECRETS:
        assert secret.encode() not in everything, secret


def tear_down():
    for name in (ALICE, BOB):
        run(KMCTL, "unenroll", "--user", name, ok=False)


if __name__ == "__main__":
    try:
        set_up()
    except Skip as reason:
        print(f"TAP version 13\n1..0 # SKIP {reason}")
        sys.exit(4)
    atexit.register(tear_down)
    main()
