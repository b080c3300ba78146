# SPDX-License-Identifier: GPL-2.0-only
# Second part of secrets_guest.py: passwords, and keys on their way through programs. What kmctl
# and pam_keymaster leave in memory, in the swap and in core files, which is nothing.

import contextlib
import ctypes
import glob
import mmap
import os
import pathlib
import pwd
import resource
import shutil
import signal
import subprocess
import time

import doors
import hiding
import km
from secret_search import (DISK, SECRETS, SWAP, alive, always, children, end, hidden, in_child,
                           search, used_up)
from tap import equal, refused, test

KMCTL = shutil.which("kmctl")
MOUNT = pathlib.Path("/run/secrets")
GROUP = pathlib.Path("/run/cgroup/secrets")
USER, OTHER = "daemon", "bin"


class HiddenFile(hiding.Hidden):
    """For the standard input of a program: in no pipe, which would keep it."""

    fd = -1

    def __enter__(self):
        self.fd = os.memfd_create("hidden")
        os.ftruncate(self.fd, len(self))
        self.map = mmap.mmap(self.fd, len(self))
        self.fill(self.map)
        return self

    def __exit__(self, *_):
        self.map[:] = bytes(len(self))
        os.close(self.fd)


def hidden_file(name):
    return HiddenFile(SECRETS[name])


def kmctl(*args, stdin=subprocess.DEVNULL, pass_fds=(), status=0):
    done = subprocess.run([KMCTL, *map(str, args)], stdin=stdin, pass_fds=pass_fds,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    equal(status, done.returncode, f"{args}: {done.stdout.decode()}")


@contextlib.contextmanager
def disk():
    """A filesystem that the host can search, with the file root.key."""
    subprocess.run("modprobe -a virtio_blk ext4", shell=True, check=True)
    MOUNT.mkdir(exist_ok=True)
    subprocess.run(["mount", "/dev/vdb", MOUNT], check=True)
    try:
        yield MOUNT
    finally:
        subprocess.run(["umount", MOUNT], check=True)


# --- whole memory ----------------------------------------------------------------------------

@test
def kmctl_root_key():
    """Read from its file, it is in the kernel only, and there its children."""
    km.reload()
    with disk() as where:
        os.chown(where / "root.key", 0, 0)
        kmctl("init", "--file", where / "root.key", "--no-state")
        always.update(children("root file"))
        search()


@test
def passwords():
    device = km.Device()
    with hidden("password gatekeeper 2") as password:
        device.enroll(3, password)
    callers = [in_child(lambda: used_up("password gatekeeper 2", lambda p: device.verify(3, p))),
               in_child(lambda: used_up("password gatekeeper 2", lambda p: device.enroll(3, p, p)))]
    search()
    end(*callers)
    with hidden("password gatekeeper 1") as first:
        device.enroll(0, first)
        device.verify(0, first)
    search()
    with hidden("password gatekeeper 2") as wrong:
        refused("GATEKEEPER_INVALID", device.verify, 0, wrong)
        refused("GATEKEEPER_INVALID", device.enroll, 0, wrong, wrong)
    search()
    with hidden("password gatekeeper 1") as old, hidden("password gatekeeper 3") as new:
        device.enroll(0, new, old)
        token, _ = device.verify(0, new)
        device.add_token(0, token)
    search()
    device.close()


def enroll(user, name):
    """And what was made of the password, for the host."""
    with hidden_file(f"password {name}") as password:
        kmctl("enroll", "--user", user, stdin=password.fd)
    device = km.Device()
    setting = device.get_user(pwd.getpwnam(user).pw_uid)["setting"]
    device.close()
    return [f"{name} stretched", "stretched", setting.hex()]


@test
def kmctl_passwords():
    learn = enroll(USER, "kmctl")
    search(learn=[learn])
    with hidden_file("password kmctl") as password:
        kmctl("auth", "--user", USER, stdin=password.fd)
    search()
    with hidden_file("password waiting") as wrong:
        kmctl("auth", "--user", USER, stdin=wrong.fd, status=8)
    search()


@test
def kmctl_imports():
    named = {"aes": "--algorithm aes --size 256 --mode gcm --purpose encrypt,decrypt",
             "hmac": "--algorithm hmac --digest sha256 --purpose sign",
             "ec": "--purpose sign --digest sha256",
             "ed25519": "--algorithm ec --curve 25519 --purpose sign --digest none"}
    for kind, description in named.items():
        with hidden_file(f"{kind} kmctl") as key:
            kmctl("import", "--blob", f"/run/{kind}.blob", *description.split(), "--no-auth",
                  "--in", f"/dev/fd/{key.fd}", pass_fds=[key.fd])
    with hidden_file("pem kmctl") as key:
        kmctl("import", "--blob", "/run/rsa.blob", "--purpose", "sign", "--padding", "pkcs1-sign",
              "--digest", "sha256", "--no-auth", "--pem", f"/dev/fd/{key.fd}", pass_fds=[key.fd])
    search()
    for kind in ("hmac", "ec", "rsa", "ed25519"):
        kmctl("sign", "--blob", f"/run/{kind}.blob", "--in", "/etc/hostname", "--out",
              "/run/signature")
    search()


# --- PAM -------------------------------------------------------------------------------------

class _Response(ctypes.Structure):
    _fields_ = [("resp", ctypes.c_void_p), ("retcode", ctypes.c_int)]


_CONVERSE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p,
                             ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)


class _Conversation(ctypes.Structure):
    _fields_ = [("function", _CONVERSE), ("data", ctypes.c_void_p)]


def pam_login(user, name):
    """As login does it: its status. Who answers the question keeps no copy."""
    libc, libpam = ctypes.CDLL(None), ctypes.CDLL("libpam.so.0")
    libc.calloc.restype = ctypes.c_void_p
    answer = hiding.Hidden(SECRETS[name])

    def converse(_count, _messages, responses, _data):
        text = libc.calloc(1, len(answer) + 1)
        answer.fill((ctypes.c_ubyte * len(answer)).from_address(text))
        responses[0] = libc.calloc(1, ctypes.sizeof(_Response))
        _Response.from_address(responses[0]).resp = text
        return 0
    conversation = _Conversation(_CONVERSE(converse), None)
    handle = ctypes.c_void_p()
    libpam.pam_start(b"km-secrets", user.encode(), ctypes.byref(conversation),
                     ctypes.byref(handle))
    status = libpam.pam_authenticate(handle, 0)
    libpam.pam_end(handle, status)
    return status


@test
def pam_passwords():
    top = pathlib.Path(__file__).resolve().parents[1]
    shutil.copy(top / "build/security/pam_keymaster.so",
                os.path.dirname(glob.glob("/usr/lib/*/security/pam_unix.so")[0]))
    pathlib.Path("/etc/pam.d/km-secrets").write_text("auth required pam_keymaster.so\n")
    search(learn=[enroll(OTHER, "pam")])
    for password, want in (("password pam", 0), ("password waiting", 7)):
        child = os.fork()
        if not child:
            os._exit(pam_login(OTHER, password))
        equal(want, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), password)
        search()


# --- swap and core files -----------------------------------------------------------------------
# Pages that programs have given back are searched above, and no more from here on: what is
# typed to the programs below goes through a pipe, which keeps it.

def join_group():
    """What a process touches from then on can be pushed out."""
    (GROUP / "cgroup.procs").write_text("0")


def waiting_kmctl(name, prepare=None):
    """It has read most of a password, and waits for the rest."""
    ready, pipe = os.pipe()
    program = subprocess.Popen([KMCTL, "auth", "--user", USER], stdin=ready, preexec_fn=prepare,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(ready)
    with hidden(name) as password:
        ctypes.CDLL(None).write(pipe, ctypes.c_void_p(password.address), len(password))
    while "pipe_read" not in pathlib.Path(f"/proc/{program.pid}/stack").read_text():
        time.sleep(0.05)
    return program, pipe


def keep(name):
    """In memory that is neither locked nor wiped: what a careless program does."""
    halves = hiding.Hidden(SECRETS[name])
    memory = mmap.mmap(-1, len(halves))
    halves.fill(memory)
    return memory


def use_keys():
    """Operations that are open, and what it takes."""
    device = km.Device()
    blobs = {}
    for kind, params in (("aes", doors.aes()), ("hmac", doors.hmac())):
        with hidden(f"{kind} sender") as key:
            blobs[kind] = device.import_key(params, key)
    return [device.begin(km.ENCRYPT, blobs["aes"], doors.cipher(km.GCM)),
            device.begin(km.SIGN, blobs["hmac"], [(km.DIGEST, km.SHA256), (km.MAC_LENGTH, 256)])]


def swapped(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmSwap:")[1].split()[0])


def push_out(*pids):
    """Into the swap, all that can be."""
    for _ in range(20):
        with contextlib.suppress(OSError):
            (GROUP / "memory.reclaim").write_text("64M")
        if all(swapped(pid) for pid in pids):
            break
        time.sleep(0.1)
    time.sleep(0.5)


@test
def swap():
    subprocess.run("mkswap /dev/vda && swapon /dev/vda && mkdir -p /run/cgroup && "
                   "mount -t cgroup2 cgroup /run/cgroup && "
                   "echo +memory > /run/cgroup/cgroup.subtree_control", shell=True, check=True,
                   stdout=subprocess.DEVNULL)
    GROUP.mkdir()
    search(image=SWAP)
    careless = in_child(join_group, lambda: keep("swapped"))
    careful = in_child(join_group, use_keys)
    typing, pipe = waiting_kmctl("password waiting", join_group)
    push_out(careless, careful, typing.pid)
    for pid in (careless, careful, typing.pid):
        equal(True, swapped(pid) > 0, "swapped")
    search(["swapped"], image=SWAP)
    os.close(pipe)
    typing.wait()
    end(careless, careful)
    subprocess.run(["swapoff", "/dev/vda"], check=True)


def dump(pid):
    if pid in alive:
        alive.remove(pid)
    os.kill(pid, signal.SIGABRT)
    return os.waitpid(pid, 0)[1]


@test
def core_files():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    pathlib.Path("/proc/sys/kernel/core_pattern").write_text(f"{MOUNT}/core.%p")
    with disk() as where:
        careful = in_child(use_keys)
        equal(True, os.WCOREDUMP(dump(careful)), "dumped")
        os.sync()
        # The file of the root key is there as well.
        search(["root file"], image=DISK)
        equal(True, os.WCOREDUMP(dump(in_child(lambda: keep("dumped")))), "dumped")
        typing, pipe = waiting_kmctl("password waiting")
        equal(False, os.WCOREDUMP(dump(typing.pid)), "kmctl dumped")
        equal(2, len(list(where.glob("core.*"))), "core files")
        os.sync()
        search(["root file", "dumped"], image=DISK)
        os.close(pipe)
