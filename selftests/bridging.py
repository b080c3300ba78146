# SPDX-License-Identifier: GPL-2.0-only
# Volumes and directories under keys that the kernel hands over, and what must be on the disk
# then, by Python's algorithms. Shared by the tests of the bridge.

import fcntl
import hashlib
import os
import pathlib
import struct
import subprocess

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import km

SECTOR = 512
SET_POLICY, ADD_KEY, REMOVE_KEY = 0x800C6613, 0xC0506617, 0xC0406618
IDENTIFIER = 2      # a key, or a policy, of version 2


def material(seed, size=64):
    """A key that a test knows, and no two tests the same."""
    return hashlib.shake_256(seed.encode()).digest(size)


def describe(*kinds, algorithm=km.HMAC, size=None, more=(km.NO_AUTH_REQUIRED,)):
    """A key for the bridge."""
    entries = [(km.ALGORITHM, algorithm)] + [(km.BRIDGE, kind) for kind in kinds]
    return entries + ([(km.KEY_SIZE, size)] if size else []) + list(more)


def run(*command):
    # Nobody else makes the nodes of volumes where there is no udev.
    done = subprocess.run(command, check=False, capture_output=True, text=True,
                          env={**os.environ, "DM_DISABLE_UDEV": "1"})
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


# --- volumes -----------------------------------------------------------------------------

def load_drivers():
    for module in ("loop", "dm-crypt", "ext4", "xts"):
        run("modprobe", module)


def make_file(path, size=1 << 20):
    with open(path, "wb") as file:
        file.truncate(size)


def attach(path):
    return run("losetup", "-f", "--show", str(path)).strip()


def detach(device):
    run("losetup", "-d", device)


class Volume:
    """A mapping of dm-crypt; the key as its table has it: hex, or ":SIZE:TYPE:DESCRIPTION"."""

    def __init__(self, name, device, key, cipher="aes-xts-plain64"):
        sectors = int(run("blockdev", "--getsz", device))
        run("dmsetup", "create", name, "--table",
            f"0 {sectors} crypt {cipher} {key} 0 {device} 0")
        self.name, self.path = name, f"/dev/mapper/{name}"

    def write(self, data, at=0):
        with open(self.path, "r+b") as file:
            file.seek(at)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def read(self, size, at=0):
        with open(self.path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            file.seek(at)
            return file.read(size)

    def close(self):
        run("dmsetup", "remove", "--retry", self.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def sectors_of(path, key, count=8):
    """The plain text of the first sectors of what lies below a volume: XTS, tweak: their number."""
    plain = b""
    with open(path, "rb") as file:
        for number in range(count):
            mode = modes.XTS(number.to_bytes(16, "little"))
            plain += Cipher(algorithms.AES(key), mode).decryptor().update(file.read(SECTOR))
    return plain


# --- directories -------------------------------------------------------------------------

def identifier_of(key):
    """What fscrypt calls a key of version 2."""
    return HKDF(hashes.SHA512(), 16, None, b"fscrypt\0" + b"\1").derive(key)


def _on(path, command, arg):
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, command, arg, True)
    finally:
        os.close(fd)


def add_to(mount, serial):
    """Hands a provisioning key to a filesystem: its identifier."""
    arg = bytearray(struct.pack("<II32sII32s", IDENTIFIER, 0, b"", 0, serial, b""))
    _on(mount, ADD_KEY, arg)
    return bytes(arg[8:24])


def remove_from(mount, identifier):
    arg = bytearray(struct.pack("<II32sI20s", IDENTIFIER, 0, identifier, 0, b""))
    _on(mount, REMOVE_KEY, arg)


def encrypt(directory, identifier):
    """AES-256-XTS for what is in files, AES-256-CTS for their names, names padded to 32."""
    arg = bytearray(struct.pack("<BBBB4s16s", 2, 1, 4, 3, b"", identifier))
    _on(directory, SET_POLICY, arg)


class Filesystem:
    """ext4 on a loop device."""

    def __init__(self, path, mount, fresh=True):
        if fresh:
            make_file(path, 16 << 20)
            run("mkfs.ext4", "-q", "-O", "encrypt", str(path))
        self.device, self.mount = attach(path), pathlib.Path(mount)
        self.mount.mkdir(exist_ok=True)
        run("mount", self.device, str(self.mount))

    def close(self):
        run("umount", str(self.mount))
        detach(self.device)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- memory ------------------------------------------------------------------------------

PIECE, HEAD = 16, 4


def fingerprint(key):
    """What finds any quarter of a key, and is none: how it begins, and a hash of it."""
    return [[key[at:at + HEAD].hex(), hashlib.sha256(key[at:at + PIECE]).hexdigest()]
            for at in range(0, len(key), PIECE)]


def _regions(pid):
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, rights, rest = line.split(None, 2)
            if "r" in rights and "[vvar" not in rest and "[vsyscall" not in rest:
                yield [int(end, 16) for end in span.split("-")]


def _holds(data, prints):
    for head, digest in prints:
        at = data.find(bytes.fromhex(head))
        while at >= 0:
            if hashlib.sha256(data[at:at + PIECE]).hexdigest() == digest:
                return True
            at = data.find(bytes.fromhex(head), at + 1)
    return False


def _read(mem, start, end, step=1 << 20):
    for at in range(start, end, step):
        try:
            mem.seek(at)
            yield mem.read(min(step + PIECE - 1, end - at))
        except OSError:
            continue


def holders(prints):
    """The processes in whose memory there is a piece of these keys; and all that were searched."""
    found, searched = [], []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            with open(f"/proc/{pid}/mem", "rb", 0) as mem:
                regions = list(_regions(pid))
                if any(_holds(data, prints) for region in regions for data in _read(mem, *region)):
                    found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        # Threads of the kernel have no memory of a user's.
        if regions:
            searched.append(pid)
    return found, searched
