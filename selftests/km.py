# SPDX-License-Identifier: GPL-2.0-only
# A binding of /dev/keymaster for the script tests: the bare ioctls, no library between.
# The numbers stand here again on purpose: a slip in the header would not pass unseen.

import ctypes
import errno
import fcntl
import os
import socket
import struct
import subprocess

import hiding

DEVICE = "/dev/keymaster"
PROCESS_KEYRING, SESSION_KEYRING, USER_KEYRING = -2, -3, -4

# --- numbers -----------------------------------------------------------------------

GENERATE_KEY, BEGIN, UPDATE, FINISH, ABORT, IMPORT_KEY, EXPORT_KEY, GET_INFO = (
    0xB900 + nr for nr in range(8))
GET_KEY_CHARACTERISTICS, DELETE_KEY, DELETE_ALL_KEYS = 0xB90F, 0xB916, 0xB917
OPERATE, LOAD_ROOT_KEY = 0xB940, 0xB941
ROTATE_ROOT_KEY, FORGET_ROOT_KEY = 0xB94E, 0xB94F
ATTEST_KEY_NOW, DESTROY_ATTESTATION_IDS, PROVISION_ATTESTATION = 0xB910, 0xB918, 0xB950
BRIDGE_KEY = 0xB951
ADD_RNG_ENTROPY, UPGRADE_KEY, CONFIGURE, IMPORT_WRAPPED_KEY, EARLY_BOOT_ENDED = (
    0xB908, 0xB911, 0xB912, 0xB919, 0xB91A)
GATEKEEPER_ENROLL, GATEKEEPER_VERIFY, GATEKEEPER_DELETE_USER, GATEKEEPER_GET_USER = (
    0xB942 + nr for nr in range(4))
LOAD_STATE, GET_STATE = 0xB946, 0xB947
GET_HMAC_SHARING_PARAMETERS, COMPUTE_SHARED_HMAC, VERIFY_AUTHORIZATION = 0xB913, 0xB914, 0xB915
DEVICE_LOCKED = 0xB91B
ADD_AUTH_TOKEN, SET_BOOT_LEVEL, CONFIRM, OPEN_AUTHENTICATOR, MINT_AUTH_TOKEN = (
    0xB948 + nr for nr in range(5))
SUPPORTED = dict(zip(("algorithms", "block_modes", "padding_modes", "digests", "import_formats",
                      "export_formats"), range(0xB909, 0xB90F)))

ROOT_NONE, ROOT_BYTES, ROOT_KEYRING, ROOT_EPHEMERAL, ROOT_TPM = range(5)
CREATE_ROOT_KEY = 0xB94D
GCM_BLOB, OCB_BLOB = 0, 1       # formats of a new blob
FORMATS = {"format 3": GCM_BLOB, "format 0": OCB_BLOB}

ENUM, ENUM_REP, UINT, UINT_REP, ULONG, DATE, BOOL, BIGNUM, BYTES, ULONG_REP = range(1, 11)


def _tag(kind, number):
    return kind << 28 | number


PURPOSE = _tag(ENUM_REP, 1)
ALGORITHM = _tag(ENUM, 2)
KEY_SIZE = _tag(UINT, 3)
BLOCK_MODE = _tag(ENUM_REP, 4)
DIGEST = _tag(ENUM_REP, 5)
PADDING = _tag(ENUM_REP, 6)
CALLER_NONCE = _tag(BOOL, 7)
MIN_MAC_LENGTH = _tag(UINT, 8)
KDF = _tag(ENUM_REP, 9)
EC_CURVE = _tag(ENUM, 10)
RSA_PUBLIC_EXPONENT = _tag(ULONG, 200)
ECIES_SINGLE_HASH_MODE = _tag(BOOL, 201)
INCLUDE_UNIQUE_ID = _tag(BOOL, 202)
RSA_OAEP_MGF_DIGEST = _tag(ENUM_REP, 203)
BLOB_USAGE_REQUIREMENTS = _tag(ENUM, 301)
BOOTLOADER_ONLY = _tag(BOOL, 302)
ROLLBACK_RESISTANCE = _tag(BOOL, 303)
EARLY_BOOT_ONLY = _tag(BOOL, 305)
ACTIVE_DATETIME = _tag(DATE, 400)
ORIGINATION_EXPIRE_DATETIME = _tag(DATE, 401)
USAGE_EXPIRE_DATETIME = _tag(DATE, 402)
MIN_SECONDS_BETWEEN_OPS = _tag(UINT, 403)
MAX_USES_PER_BOOT = _tag(UINT, 404)
USAGE_COUNT_LIMIT = _tag(UINT, 405)
ALL_USERS = _tag(BOOL, 500)
USER_ID = _tag(UINT, 501)
USER_SECURE_ID = _tag(ULONG_REP, 502)
NO_AUTH_REQUIRED = _tag(BOOL, 503)
USER_AUTH_TYPE = _tag(ENUM, 504)
AUTH_TIMEOUT = _tag(UINT, 505)
ALLOW_WHILE_ON_BODY = _tag(BOOL, 506)
TRUSTED_USER_PRESENCE_REQUIRED = _tag(BOOL, 507)
TRUSTED_CONFIRMATION_REQUIRED = _tag(BOOL, 508)
UNLOCKED_DEVICE_REQUIRED = _tag(BOOL, 509)
ALL_APPLICATIONS = _tag(BOOL, 600)
APPLICATION_ID = _tag(BYTES, 601)
EXPORTABLE = _tag(BOOL, 602)
APPLICATION_DATA = _tag(BYTES, 700)
CREATION_DATETIME = _tag(DATE, 701)
ORIGIN = _tag(ENUM, 702)
ROLLBACK_RESISTANT = _tag(BOOL, 703)
ROOT_OF_TRUST = _tag(BYTES, 704)
OS_VERSION = _tag(UINT, 705)
OS_PATCHLEVEL = _tag(UINT, 706)
VENDOR_PATCHLEVEL = _tag(UINT, 718)
BOOT_PATCHLEVEL = _tag(UINT, 719)
DEVICE_UNIQUE_ATTESTATION = _tag(BOOL, 720)
IDENTITY_CREDENTIAL_KEY = _tag(BOOL, 721)
STORAGE_KEY = _tag(BOOL, 722)
ATTESTATION_CHALLENGE = _tag(BYTES, 708)
ATTESTATION_APPLICATION_ID = _tag(BYTES, 709)
(ATTESTATION_ID_BRAND, ATTESTATION_ID_DEVICE, ATTESTATION_ID_PRODUCT, ATTESTATION_ID_SERIAL,
 ATTESTATION_ID_IMEI, ATTESTATION_ID_MEID, ATTESTATION_ID_MANUFACTURER,
 ATTESTATION_ID_MODEL) = (_tag(BYTES, number) for number in range(710, 718))
ATTESTATION_ID_SECOND_IMEI = _tag(BYTES, 723)
RESET_SINCE_ID_ROTATION = _tag(BOOL, 1004)
CERTIFICATE_SERIAL = _tag(BIGNUM, 1006)
CERTIFICATE_SUBJECT = _tag(BYTES, 1007)
ASSOCIATED_DATA = _tag(BYTES, 1000)
NONCE = _tag(BYTES, 1001)
AUTH_TOKEN = _tag(BYTES, 1002)
MAC_LENGTH = _tag(UINT, 1003)
CONFIRMATION_TOKEN = _tag(BYTES, 1005)
CERTIFICATE_NOT_BEFORE = _tag(DATE, 1008)
CERTIFICATE_NOT_AFTER = _tag(DATE, 1009)
MAX_BOOT_LEVEL = _tag(UINT, 1010)
KEY_ID = _tag(BYTES, 10000)
SHAREABLE = _tag(BOOL, 10001)
OWNER_UID = _tag(UINT, 10002)
BRIDGE = _tag(ENUM_REP, 10003)

RSA, EC, AES, TRIPLE_DES, HMAC = 1, 3, 32, 33, 128
ECB, CBC, CTR, GCM = 1, 2, 3, 32
PAD_NONE, OAEP, PSS, PKCS1_ENCRYPT, PKCS1_SIGN, PKCS7 = 1, 2, 3, 4, 5, 64
NO_DIGEST, MD5, SHA1, SHA224, SHA256, SHA384, SHA512 = range(7)
DIGEST_BITS = {SHA1: 160, SHA224: 224, SHA256: 256, SHA384: 384, SHA512: 512}
ENCRYPT, DECRYPT, SIGN, VERIFY, DERIVE_KEY, WRAP_KEY, AGREE_KEY, ATTEST_KEY = range(8)
P_224, P_256, P_384, P_521, CURVE_25519 = range(5)
X509, PKCS8, RAW = 0, 1, 3
GENERATED, IMPORTED, SECURELY_IMPORTED = 0, 2, 4
PASSWORD, FINGERPRINT, ANY = 1, 2, 0xffffffff
LOGON, FSCRYPT = 1, 2           # what a key is bridged to

# Keymaster code: number and the errno that stands for its class.
CODES = {
    "OK": (0, 0),
    "ROOT_OF_TRUST_ALREADY_SET": (-1, errno.EEXIST),
    "UNSUPPORTED_PURPOSE": (-2, errno.EOPNOTSUPP),
    "INCOMPATIBLE_PURPOSE": (-3, errno.EACCES),
    "UNSUPPORTED_ALGORITHM": (-4, errno.EOPNOTSUPP),
    "UNSUPPORTED_KEY_SIZE": (-6, errno.EOPNOTSUPP),
    "UNSUPPORTED_BLOCK_MODE": (-7, errno.EOPNOTSUPP),
    "INCOMPATIBLE_BLOCK_MODE": (-8, errno.EACCES),
    "UNSUPPORTED_MAC_LENGTH": (-9, errno.EOPNOTSUPP),
    "UNSUPPORTED_PADDING_MODE": (-10, errno.EOPNOTSUPP),
    "INCOMPATIBLE_PADDING_MODE": (-11, errno.EACCES),
    "UNSUPPORTED_DIGEST": (-12, errno.EOPNOTSUPP),
    "INCOMPATIBLE_DIGEST": (-13, errno.EACCES),
    "INVALID_AUTHORIZATION_TIMEOUT": (-16, errno.EINVAL),
    "UNSUPPORTED_KEY_FORMAT": (-17, errno.EOPNOTSUPP),
    "UNSUPPORTED_KEY_ENCRYPTION_ALGORITHM": (-19, errno.EOPNOTSUPP),
    "INVALID_INPUT_LENGTH": (-21, errno.EINVAL),
    "KEY_NOT_YET_VALID": (-24, errno.EKEYEXPIRED),
    "KEY_EXPIRED": (-25, errno.EKEYEXPIRED),
    "KEY_USER_NOT_AUTHENTICATED": (-26, errno.EACCES),
    "INVALID_OPERATION_HANDLE": (-28, errno.EBADFD),
    "VERIFICATION_FAILED": (-30, errno.EBADMSG),
    "TOO_MANY_OPERATIONS": (-31, errno.EDQUOT),
    "INVALID_KEY_BLOB": (-33, errno.EKEYREJECTED),
    "INVALID_ARGUMENT": (-38, errno.EINVAL),
    "UNSUPPORTED_TAG": (-39, errno.EOPNOTSUPP),
    "INVALID_TAG": (-40, errno.EINVAL),
    "IMPORT_PARAMETER_MISMATCH": (-44, errno.EKEYREJECTED),
    "OPERATION_CANCELLED": (-46, errno.ECANCELED),
    "SECURE_HW_COMMUNICATION_FAILED": (-49, errno.EIO),
    "MISSING_NONCE": (-51, errno.EINVAL),
    "INVALID_NONCE": (-52, errno.EINVAL),
    "MISSING_MAC_LENGTH": (-53, errno.EINVAL),
    "KEY_RATE_LIMIT_EXCEEDED": (-54, errno.EAGAIN),
    "CALLER_NONCE_PROHIBITED": (-55, errno.EACCES),
    "KEY_MAX_OPS_EXCEEDED": (-56, errno.EACCES),
    "INVALID_MAC_LENGTH": (-57, errno.EACCES),
    "MISSING_MIN_MAC_LENGTH": (-58, errno.EINVAL),
    "UNSUPPORTED_MIN_MAC_LENGTH": (-59, errno.EOPNOTSUPP),
    "UNSUPPORTED_EC_CURVE": (-61, errno.EOPNOTSUPP),
    "ATTESTATION_CHALLENGE_MISSING": (-63, errno.EINVAL),
    "ATTESTATION_APPLICATION_ID_MISSING": (-65, errno.EINVAL),
    "CANNOT_ATTEST_IDS": (-66, errno.EACCES),
    "ATTESTATION_KEYS_NOT_PROVISIONED": (-74, errno.ENOKEY),
    "MISSING_ISSUER_SUBJECT": (-82, errno.EINVAL),
    "INVALID_ISSUER_SUBJECT": (-83, errno.EINVAL),
    "INCOMPATIBLE_ALGORITHM": (-5, errno.EACCES),
    "VERSION_MISMATCH": (-101, errno.EOPNOTSUPP),
    "KEY_REQUIRES_UPGRADE": (-62, errno.EKEYREJECTED),
    "KEYMASTER_NOT_CONFIGURED": (-64, errno.ENOKEY),
    "ROLLBACK_RESISTANCE_UNAVAILABLE": (-67, errno.EOPNOTSUPP),
    "NO_USER_CONFIRMATION": (-71, errno.EACCES),
    "DEVICE_LOCKED": (-72, errno.EACCES),
    "EARLY_BOOT_ENDED": (-73, errno.EACCES),
    "INCOMPATIBLE_MGF_DIGEST": (-78, errno.EACCES),
    "UNSUPPORTED_MGF_DIGEST": (-79, errno.EOPNOTSUPP),
    "MISSING_NOT_BEFORE": (-80, errno.EINVAL),
    "MISSING_NOT_AFTER": (-81, errno.EINVAL),
    "BOOT_LEVEL_EXCEEDED": (-84, errno.EACCES),
    "UNIMPLEMENTED": (-100, errno.EOPNOTSUPP),
    "GATEKEEPER_INVALID": (-10001, errno.EACCES),
    "GATEKEEPER_RETRY": (-10002, errno.EAGAIN),
    "GATEKEEPER_UNKNOWN": (-10003, errno.EIO),
}
NAMES = {number: name for name, (number, _) in CODES.items()}


class Refused(Exception):
    """A call failed: the errno, and the name of the Keymaster code ("OK": of the call itself)."""

    def __init__(self, number, code, need=None):
        self.errno = number
        self.code = NAMES.get(code, str(code))
        self.need = need
        super().__init__(f"{errno.errorcode.get(number, number)}, {self.code}")


# --- authorization sets ----------------------------------------------------------------

def pack(entries):
    """The wire form of [(tag, value)...]; a BOOL needs no value."""
    indirect, elements, count = b"", b"", 0
    for entry in entries:
        tag, value = entry if isinstance(entry, tuple) else (entry, 1)
        kind = tag >> 28
        elements += struct.pack("<I", tag)
        if kind in (BIGNUM, BYTES):
            elements += struct.pack("<II", len(value), len(indirect))
            indirect += value
        elif kind in (ULONG, DATE, ULONG_REP):
            elements += struct.pack("<Q", value)
        elif kind == BOOL:
            elements += struct.pack("<B", value)
        else:
            elements += struct.pack("<I", value)
        count += 1
    return (struct.pack("<I", len(indirect)) + indirect +
            struct.pack("<II", count, len(elements)) + elements)


def _take(data, at):
    """One set that begins at an offset: the entries and where it ends."""
    (n,) = struct.unpack_from("<I", data, at)
    indirect = data[at + 4:at + 4 + n]
    at += 4 + n
    count, size = struct.unpack_from("<II", data, at)
    at += 8
    end, entries = at + size, []
    for _ in range(count):
        (tag,) = struct.unpack_from("<I", data, at)
        kind, at = tag >> 28, at + 4
        if kind in (BIGNUM, BYTES):
            length, offset = struct.unpack_from("<II", data, at)
            value, at = indirect[offset:offset + length], at + 8
        elif kind in (ULONG, DATE, ULONG_REP):
            (value,), at = struct.unpack_from("<Q", data, at), at + 8
        elif kind == BOOL:
            value, at = data[at], at + 1
        else:
            (value,), at = struct.unpack_from("<I", data, at), at + 4
        entries.append((tag, value))
    if at != end:
        raise ValueError("elements do not fill their area")
    return entries, end


def unpack(data):
    entries, end = _take(data, 0)
    if end != len(data):
        raise ValueError("bytes after the set")
    return entries


def values(entries, tag):
    return [value for name, value in entries if name == tag]


class Blob:
    """The visible parts of a blob, as spec'd for formats 0 and 3."""

    def __init__(self, data):
        self.format = data[0]
        at, parts = 1, []
        for _ in range(3):
            (n,) = struct.unpack_from("<I", data, at)
            parts.append(data[at + 4:at + 4 + n])
            at += 4 + n
        self.nonce, self.ciphertext, self.tag = parts
        self.fixed = None
        if self.format == 3:
            self.fixed = struct.unpack_from("<Ii", data, at)
            at += 8
        self.enforced, middle = _take(data, at)
        self.unenforced, end = _take(data, middle)
        self.enforced_bytes, self.unenforced_bytes = data[at:middle], data[middle:end]
        self.sets_at = at
        if end != len(data):
            raise ValueError("bytes after the blob")


# --- calls --------------------------------------------------------------------------

class _Out:
    def __init__(self, size):
        self.size = size
        self.buffer = ctypes.create_string_buffer(size)
        self.address = ctypes.addressof(self.buffer)

    def take(self, n):
        return ctypes.string_at(self.address, n)


def _address(data, keep):
    if not data:
        return 0
    if isinstance(data, hiding.Hidden):
        return data.address     # the only copy that there is
    buffer = (ctypes.c_char * len(data)).from_buffer_copy(data)
    keep.append(buffer)
    return ctypes.addressof(buffer)


def _call(fd, command, layout, *fields, flags=0):
    """size, flags and error are put before the fields; the whole comes back unpacked."""
    size = struct.calcsize(layout)
    arg = bytearray(struct.pack(layout, size, flags, 0, *fields))
    try:
        fcntl.ioctl(fd, command, arg, True)
    except OSError as e:
        back = struct.unpack(layout, arg)
        raise Refused(e.errno, back[2], back) from None
    return struct.unpack(layout, arg)


def _params(params):
    return params if isinstance(params, bytes) else pack(params) if params else b""


def _name(key, keep):
    """A key is a blob or the serial number of a loaded one: pointer, length, serial."""
    if isinstance(key, int):
        return 0, 0, key
    return _address(key, keep), len(key), 0


class Operation:
    def __init__(self, fd, handle, made):
        self.fd, self.handle, self.made = fd, handle, made
        self.out = _Out(1 << 16)

    def _room(self, data):
        if len(data) + 64 > self.out.size:
            self.out = _Out(len(data) + 64)
        return self.out

    def update(self, data=b"", params=()):
        keep, params, out = [], _params(params), self._room(data)
        back = _call(self.fd, UPDATE, "<IIiIQQQII", len(params), _address(params, keep),
                     _address(data, keep), out.address, len(data), out.size)
        return out.take(back[-1])

    def finish(self, data=b"", params=(), signature=b""):
        keep, params, out = [], _params(params), self._room(data)
        back = _call(self.fd, FINISH, "<IIiIQQQQIIII", len(params), _address(params, keep),
                     _address(data, keep), _address(signature, keep), out.address, len(data),
                     len(signature), out.size, 0)
        return out.take(back[-2])

    def abort(self):
        _call(self.fd, ABORT, "<IIiI", 0)

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Authenticator:
    """What OPEN_AUTHENTICATOR gives."""

    def __init__(self, fd, number):
        self.fd, self.id = fd, number
        self.out = _Out(256)

    def mint(self, uid, challenge=0, room=69):
        back = _call(self.fd, MINT_AUTH_TOKEN, "<IIiIQQII", uid, challenge,
                     self.out.address if room else 0, room, 0)
        return self.out.take(back[-2])

    def close(self):
        os.close(self.fd)


class Device:
    def __init__(self, fd=None):
        self.fd = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC) if fd is None else fd
        self.out, self.out2 = _Out(1 << 16), _Out(1 << 12)

    def close(self):
        os.close(self.fd)

    def info(self):
        back = _call(self.fd, GET_INFO, "<IIiIQQIIIIII16sII16s", *([0] * 9), b"", 0, 0, b"")
        names = ("abi_level", "features", "errata", "input_max", "params_max", "blob_max",
                 "operations_max", "operations", "root_source", "root_check", "state",
                 "boot_level", "root_check_before")
        return dict(zip(names, back[3:]))

    def load_root(self, source, key=b"", serial=0, record=b""):
        keep = []
        return _call(self.fd, LOAD_ROOT_KEY, "<IIiIQIi16sQII", source, _address(key, keep),
                     len(key), serial, b"", _address(record, keep), len(record), 0)[-4]

    def rotate(self, source, key=b"", serial=0, room=None):
        """Prepares it: its check value, and the record to load it with."""
        keep, room = [], self.out.size if room is None else room
        back = _call(self.fd, ROTATE_ROOT_KEY, "<IIiIQQIiII16s", source, _address(key, keep),
                     self.out.address, len(key), serial, room, 0, b"")
        return back[-1], self.out.take(back[-3])

    def commit(self, check):
        arg = bytearray(struct.pack("<IIiIQQIiII16s", 64, 1, 0, 0, 0, 0, 0, 0, 0, 0, check))
        try:
            fcntl.ioctl(self.fd, ROTATE_ROOT_KEY, arg, True)
        except OSError as e:
            raise Refused(e.errno, struct.unpack_from("<i", arg, 8)[0]) from None

    def forget_root(self):
        _call(self.fd, FORGET_ROOT_KEY, "<IIiI", 0)

    def create_root(self, source, pcrs=0):
        """The sealed root key and its check value."""
        back = _call(self.fd, CREATE_ROOT_KEY, "<IIiIIIQ16s", source, pcrs, self.out.size,
                     self.out.address, b"")
        return self.out.take(back[5]), back[7]

    def generate(self, params, form=GCM_BLOB):
        keep, params = [], _params(params)
        back = _call(self.fd, GENERATE_KEY, "<IIiIQQII", form, _address(params, keep),
                     self.out.address, len(params), self.out.size)
        return self.out.take(back[-1])

    def import_key(self, params, data, key_format=RAW, form=GCM_BLOB):
        keep, params = [], _params(params)
        back = _call(self.fd, IMPORT_KEY, "<IIiIQQQIIII", form, _address(params, keep),
                     _address(data, keep), self.out.address, len(params), len(data),
                     self.out.size, key_format)
        return self.out.take(back[-2])

    def export(self, key, params=(), key_format=X509):
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        back = _call(self.fd, EXPORT_KEY, "<IIiIQQQIiII", key_format, blob,
                     _address(params, keep), self.out.address, blob_len, serial, len(params),
                     self.out.size)
        return self.out.take(back[-1])

    def characteristics(self, key, params=()):
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        back = _call(self.fd, GET_KEY_CHARACTERISTICS, "<IIiIQQQQIiII", len(params), blob,
                     _address(params, keep), self.out.address, self.out2.address, blob_len,
                     serial, self.out.size, self.out2.size)
        return unpack(self.out.take(back[-2])), unpack(self.out2.take(back[-1]))

    def delete(self, key, whole=False):
        """This blob, or all blobs of its key."""
        self._flagged(DELETE_KEY, whole, "<IIiIQ", len(key), key)

    def delete_all(self, of_all_users=False):
        self._flagged(DELETE_ALL_KEYS, of_all_users, "<IIiI", 0)

    def _flagged(self, command, flags, layout, value, pointer=None):
        keep = []
        rest = () if pointer is None else (_address(pointer, keep),)
        arg = bytearray(struct.pack(layout, struct.calcsize(layout), int(flags), 0, value, *rest))
        try:
            fcntl.ioctl(self.fd, command, arg, True)
        except OSError as e:
            raise Refused(e.errno, struct.unpack_from("<i", arg, 8)[0]) from None

    def supported(self, what, algorithm=0, purpose=0):
        """The list that one of the GET_SUPPORTED calls gives, by its name."""
        back = _call(self.fd, SUPPORTED[what], "<IIiIIIQ", algorithm, purpose,
                     self.out2.size // 4, self.out2.address)
        return list(struct.unpack(f"<{back[5]}I", self.out2.take(4 * back[5])))

    def bridge(self, key, kind, description, keyring=SESSION_KEYRING, params=(), timeout=0,
               replace=False):
        """The serial number of the new key."""
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        back = _call(self.fd, BRIDGE_KEY, "<IIiiQQQIIIIiIiI", serial, blob,
                     _address(params, keep), _address(description, keep), blob_len, len(params),
                     len(description), kind, keyring, timeout, 0, 0, flags=int(replace))
        return back[-2]

    def add_entropy(self, data):
        keep = []
        _call(self.fd, ADD_RNG_ENTROPY, "<IIiIQ", len(data), _address(data, keep))

    def upgrade(self, key, params=()):
        """The new blob; empty if the old one is current."""
        keep, params = [], _params(params)
        back = _call(self.fd, UPGRADE_KEY, "<IIiIQQQII", len(key), _address(key, keep),
                     _address(params, keep), self.out.address, len(params), self.out.size)
        return self.out.take(back[-1])

    def configure(self, os_version=None, os_patchlevel=None, vendor_patchlevel=None,
                  boot_patchlevel=None, root_of_trust=None):
        """What is None is not given."""
        keep, flags = [], 0
        numbers = (os_version, os_patchlevel, vendor_patchlevel, boot_patchlevel)
        for bit, value in enumerate((*numbers, root_of_trust)):
            flags |= (value is not None) << bit
        layout = "<IIiIIIIIQ"
        arg = bytearray(struct.pack(layout, struct.calcsize(layout), flags, 0,
                                    *(n or 0 for n in numbers), len(root_of_trust or b""),
                                    _address(root_of_trust, keep)))
        try:
            fcntl.ioctl(self.fd, CONFIGURE, arg, True)
        except OSError as e:
            raise Refused(e.errno, struct.unpack(layout, arg)[2]) from None

    def import_wrapped(self, wrapped, key, mask=b"", params=(), password_sid=0, biometric_sid=0,
                       form=GCM_BLOB):
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        back = _call(self.fd, IMPORT_WRAPPED_KEY, "<IIiIQQQQQQQIIiIII", form,
                     _address(wrapped, keep), blob, _address(mask, keep), _address(params, keep),
                     password_sid, biometric_sid, self.out.address, len(wrapped), blob_len,
                     serial, len(mask), len(params), self.out.size)
        return self.out.take(back[-1])

    def early_boot_ended(self):
        _call(self.fd, EARLY_BOOT_ENDED, "<IIiI", 0)

    def enroll(self, uid, password, old=b"", handle=b"", setting=b"", room=58):
        """The new handle and the SID. Refused.need[-1] is for how long, when it is RETRY."""
        keep = []
        back = _call(self.fd, GATEKEEPER_ENROLL, "<IIiIQQQQQQIIIIII", uid,
                     _address(handle, keep), _address(old, keep), _address(password, keep),
                     _address(setting, keep), self.out.address if room else 0, 0, len(handle),
                     len(old), len(password), len(setting), room, 0)
        return self.out.take(back[-2]), back[9]

    def verify(self, uid, password, challenge=0, handle=b"", room=69):
        """The token, and whether to enrol again. Refused.need[-3] is for how long."""
        keep = []
        back = _call(self.fd, GATEKEEPER_VERIFY, "<IIiIQQQQIIIIII", uid, challenge,
                     _address(handle, keep), _address(password, keep),
                     self.out.address if room else 0, len(handle), len(password), room, 0, 0, 0)
        return self.out.take(back[-4]), back[-2]

    def delete_user(self, uid=None):
        """None: all of them."""
        arg = bytearray(struct.pack("<IIiI", 16, uid is None, 0, uid or 0))
        try:
            fcntl.ioctl(self.fd, GATEKEEPER_DELETE_USER, arg, True)
        except OSError as e:
            raise Refused(e.errno, struct.unpack("<IIiI", arg)[2]) from None

    def get_user(self, uid):
        back = _call(self.fd, GATEKEEPER_GET_USER, "<IIiIQQQIIII", uid, 0, self.out.address,
                     self.out2.address, 58, 128, 0, 0)
        return {"sid": back[4], "handle": self.out.take(back[7]),
                "setting": self.out2.take(back[8]), "failures": back[9], "timeout": back[10]}

    def load_state(self, helper, path, state=b"", flags=0):
        keep = []
        helper, path = os.fsencode(helper), os.fsencode(path)
        _call(self.fd, LOAD_STATE, "<IIiIQQQII", len(state), _address(state, keep),
              _address(helper, keep), _address(path, keep), len(helper), len(path), flags=flags)

    def get_state(self):
        room = _Out(1 << 20)
        while True:
            try:
                back = _call(self.fd, GET_STATE, "<IIiIQ", room.size, room.address)
                return room.take(back[3])
            except Refused as e:
                if e.errno != errno.EMSGSIZE:
                    raise
                room = _Out(2 * e.need[3])

    def add_token(self, uid, token):
        keep = []
        _call(self.fd, ADD_AUTH_TOKEN, "<IIiIQII", uid, _address(token, keep), len(token), 0)

    def lock(self, uid=None, password_only=False):
        """None: all users."""
        _call(self.fd, DEVICE_LOCKED, "<IIiIII", uid or 0, password_only, 0, flags=uid is None)

    def set_boot_level(self, level):
        _call(self.fd, SET_BOOT_LEVEL, "<IIiI", level)

    def confirm(self, message):
        keep = []
        return _call(self.fd, CONFIRM, "<IIiIQ32s", len(message), _address(message, keep), b"")[-1]

    def verify_authorization(self, challenge, token=b""):
        """Time, security level and MAC."""
        keep = []
        back = _call(self.fd, VERIFY_AUTHORIZATION, "<IIiIQQQII32s", len(token), challenge,
                     _address(token, keep), 0, 0, 0, b"")
        return back[6], back[7], back[9]

    def hmac_party(self):
        """Seed and nonce."""
        back = _call(self.fd, GET_HMAC_SHARING_PARAMETERS, "<IIiI32s32sII", 0, b"", b"", 0, 0)
        return back[4][:back[6]], back[5][:back[7]]

    def share_hmac(self, parties):
        """The check. A party is a seed and a nonce, or what stands for it as bytes."""
        keep, packed = [], b""
        for party in parties:
            packed += party if isinstance(party, bytes) else struct.pack(
                "<32s32sII", *party, *map(len, party))
        return _call(self.fd, COMPUTE_SHARED_HMAC, "<IIiIQ32s", len(parties),
                     _address(packed, keep), b"")[-1]

    def open_authenticator(self, kind, number=0):
        back = _call(self.fd, OPEN_AUTHENTICATOR, "<IIiIQiI", kind, number, -1, 0)
        return Authenticator(back[5], back[4])

    def begin(self, purpose, key, params=()):
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        back = _call(self.fd, BEGIN, "<IIiIQQQIiIIQiI", purpose, blob, _address(params, keep),
                     self.out2.address, blob_len, serial, len(params), self.out2.size, 0, -1, 0)
        made = self.out2.take(back[-4])
        return Operation(back[-2], back[-3], unpack(made) if made else [])

    def operate(self, purpose, key, params=(), data=b"", signature=b"", room=None):
        """The output and the parameters that begin made."""
        keep, params = [], _params(params)
        blob, blob_len, serial = _name(key, keep)
        if len(data) + 64 > self.out.size:
            self.out = _Out(len(data) + 64)
        back = _call(self.fd, OPERATE, "<IIiIQQQQQQIiIIIIII", purpose, blob,
                     _address(params, keep), self.out2.address, _address(data, keep),
                     _address(signature, keep), self.out.address, blob_len, serial, len(params),
                     self.out2.size, len(data), len(signature),
                     self.out.size if room is None else room, 0)
        made = self.out2.take(back[-5])
        return self.out.take(back[-2]), unpack(made) if made else []


# --- keys in the keyring ---------------------------------------------------------------

_libc = ctypes.CDLL(None, use_errno=True)
_ADD_KEY, _KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]


def add_key(kind, name, payload, length=None, keyring=PROCESS_KEYRING):
    """payload: bytes, or an address, which takes a length."""
    if not isinstance(payload, bytes):
        payload = ctypes.c_void_p(payload)
    serial = _libc.syscall(_ADD_KEY, kind.encode(), name.encode(), payload,
                           ctypes.c_size_t(len(payload) if length is None else length),
                           ctypes.c_int(keyring))
    if serial < 0:
        raise OSError(ctypes.get_errno(), f"add_key {kind}")
    return serial


def _keyctl(command, *args):
    ret = _libc.syscall(_KEYCTL, command, *(ctypes.c_long(arg) for arg in args))
    if ret < 0:
        raise OSError(ctypes.get_errno(), f"keyctl {command}")
    return ret


def revoke_key(serial):
    _keyctl(3, serial)


def invalidate_key(serial):
    _keyctl(21, serial)


def update_key(serial, payload):
    buffer = ctypes.create_string_buffer(payload, len(payload))
    _keyctl(2, serial, ctypes.addressof(buffer), len(payload))


def restrict_keyring(serial):
    """Nothing more may be linked to it."""
    _keyctl(29, serial, 0, 0)


def permit_key(serial, mask):
    _keyctl(5, serial, mask)


def read_key(serial):
    buffer = ctypes.create_string_buffer(1 << 16)
    n = _keyctl(11, serial, ctypes.addressof(buffer), len(buffer))
    return buffer.raw[:n]


def unlink_key(serial, keyring=PROCESS_KEYRING):
    _keyctl(9, serial, keyring)


def join_session():
    """A session keyring of this process's own, which its children inherit."""
    return _keyctl(1, 0)


def key_serials(keyring):
    data = read_key(keyring)
    return list(struct.unpack(f"<{len(data) // 4}i", data))


def describe_key(serial):
    """Type, permissions and description, or None where there is no such key."""
    buffer = ctypes.create_string_buffer(1 << 13)
    try:
        n = _keyctl(6, serial, ctypes.addressof(buffer), len(buffer))
    except OSError:
        return None
    kind, _, _, mask, description = buffer.raw[:n - 1].split(b";", 4)
    return kind.decode(), int(mask, 16), description.decode()


def clear_keys():
    """Everything out of the process's own keyring."""
    try:
        _keyctl(7, PROCESS_KEYRING)
    except OSError as e:
        if e.errno != errno.ENOKEY:     # there was none
            raise


# --- the module and its users -------------------------------------------------------------

def _module(variable, otherwise):
    subprocess.run(os.environ.get(variable, otherwise), shell=True, check=True)


def unload():
    """Every file of the module must be closed. Loaded keys hold it as well: those of this process
    go, which the kernel does in its own time."""
    clear_keys()
    _module("KM_UNLOAD", "for i in $(seq 50); do rmmod keymaster 2>/dev/null && exit; "
            "sleep 0.1; done; rmmod keymaster")


def reload(root=None):
    """The module anew, with this root key; as unload()."""
    if os.path.exists(DEVICE):
        unload()
    _module("KM_LOAD", "modprobe keymaster")
    if root:
        device = Device()
        device.load_root(ROOT_BYTES, root)
        device.close()


def ready():
    """A device with a root key, whichever."""
    if not os.path.exists(DEVICE):
        reload()
    device = Device()
    try:
        device.load_root(ROOT_EPHEMERAL)
    except Refused as e:
        if e.code != "ROOT_OF_TRUST_ALREADY_SET":
            raise
    return device


def device_of(uid):
    """The device as that user opened it: who opens the file is who owns the keys."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            socket.send_fds(theirs, [b"x"], [os.open(DEVICE, os.O_RDWR)])
        finally:
            os._exit(0)
    theirs.close()
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    ours.close()
    os.waitpid(child, 0)
    return Device(fds[0])
