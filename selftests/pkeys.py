# SPDX-License-Identifier: GPL-2.0-only
# Public-key operations of the keyring, by the two ways that programs have to them: the keyctl
# program and libkeyutils. Both raise km.Refused, with no Keymaster code: keyctl reports none.

import ctypes
import itertools
import os
import re
import subprocess
import tempfile

import km

NUMBERS = {os.strerror(n): n for n in range(1, 134)}
QUERY = ("ops", "bits", "data", "sig", "enc", "dec")
OPS = ("encrypt", "decrypt", "sign", "verify")
SESSION_KEYRING = -3
ALL = 0x3f3f3f3f


def refusal(number):
    return km.Refused(number, 0)


class Program:
    """The keyctl program; data goes through files, as it wants it."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = self.dir.name

    def _file(self, name, data):
        path = os.path.join(self.path, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def run(self, *args, data=None):
        done = subprocess.run(["keyctl", *map(str, args)], input=data, capture_output=True,
                              env={**os.environ, "LC_ALL": "C"})
        if done.returncode:
            text = done.stderr.decode().strip()
            number = NUMBERS.get(text.rpartition(": ")[2])
            if number is None:
                raise AssertionError(f"keyctl {args[0]}: {text}")
            raise refusal(number)
        return done.stdout

    def query(self, serial, info=""):
        text = self.run("pkey_query", serial, 0, *info.split()).decode()
        found = dict(re.findall(r"(\w+)=(\w+)", text))
        sizes = tuple(int(found[name]) for name in ("key_size", "max_data_size", "max_sig_size",
                                                   "max_enc_size", "max_dec_size"))
        return dict(zip(QUERY, ({op for op in OPS if found[op] == "y"}, *sizes)))

    def sign(self, serial, info, data):
        return self.run("pkey_sign", serial, 0, self._file("data", data), *info.split())

    def encrypt(self, serial, info, data):
        return self.run("pkey_encrypt", serial, 0, self._file("data", data), *info.split())

    def decrypt(self, serial, info, data):
        return self.run("pkey_decrypt", serial, 0, self._file("data", data), *info.split())

    def verify(self, serial, info, data, signature):
        self.run("pkey_verify", serial, 0, self._file("data", data),
                 self._file("sig", signature), *info.split())


class _Query(ctypes.Structure):
    _fields_ = [("ops", ctypes.c_uint), ("bits", ctypes.c_uint), ("data", ctypes.c_ushort),
                ("sig", ctypes.c_ushort), ("enc", ctypes.c_ushort), ("dec", ctypes.c_ushort),
                ("spare", ctypes.c_uint * 10)]


class Library:
    """libkeyutils, with buffers as large as the query says."""

    def __init__(self):
        self.lib = ctypes.CDLL("libkeyutils.so.1", use_errno=True)

    def call(self, name, serial, info, *args):
        result = getattr(self.lib, "keyctl_pkey_" + name)(serial, info.encode(), *args)
        if result < 0:
            raise refusal(ctypes.get_errno())
        return result

    def query(self, serial, info=""):
        q = _Query(spare=(ctypes.c_uint * 10)(*range(1, 11)))
        self.call("query", serial, info, ctypes.byref(q))
        if any(q.spare):
            raise AssertionError("bytes to spare are not 0")
        ops = {op for bit, op in enumerate(OPS) if q.ops >> bit & 1}
        if q.ops >> len(OPS):
            raise AssertionError(f"operations {q.ops:#x}")
        return dict(zip(QUERY, (ops, q.bits, q.data, q.sig, q.enc, q.dec)))

    def _out(self, name, serial, info, data, size):
        out = ctypes.create_string_buffer(size)
        n = self.call(name, serial, info, data, ctypes.c_size_t(len(data)), out,
                      ctypes.c_size_t(size))
        return out.raw[:n]

    def sign(self, serial, info, data):
        return self._out("sign", serial, info, data, self.query(serial, info)["sig"])

    def encrypt(self, serial, info, data):
        return self._out("encrypt", serial, info, data, self.query(serial, info)["enc"])

    def decrypt(self, serial, info, data):
        return self._out("decrypt", serial, info, data, self.query(serial, info)["dec"])

    def verify(self, serial, info, data, signature):
        # As many bytes are read as the longest signature has, whatever is said here.
        size = max(len(signature), self.query(serial, info)["sig"])
        buffer = ctypes.create_string_buffer(signature + os.urandom(size - len(signature)), size)
        self.call("verify", serial, info, data, ctypes.c_size_t(len(data)), buffer,
                  ctypes.c_size_t(len(signature)))


program, library = Program(), Library()
WAYS = {"keyctl": program, "libkeyutils": library}


def session():
    """A session keyring of this test's own, which programs that it starts have too."""
    if library.lib.keyctl_join_session_keyring(None) < 0:
        raise refusal(ctypes.get_errno())


_numbers = itertools.count()


def load(blob):
    """The serial number of a blob, loaded as the manual says; a name has one key in a keyring."""
    return int(program.run("padd", "keymaster", f"pkey {next(_numbers)}", "@s", data=blob))


def as_user(uid, function):
    """Runs it in a process of that user; what it returns is the status."""
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            program.path = tempfile.mkdtemp()
            os._exit(function() or 0)
        except BaseException as e:
            print(f"# as {uid}: {e!r}", flush=True)
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
