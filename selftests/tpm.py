# SPDX-License-Identifier: GPL-2.0-only
# A TPM 2.0 from outside, by bytes to /dev/tpm0: what the tests do to it behind the module's back.
# Imported by tpm_guest.py.

import struct

OWNER, PASSWORD = 0x40000001, 0x40000009
COUNTER = 0x01804b4d
# The attributes of the module's index, and the types of others.
ATTRIBUTES, EXTEND, COUNT, ORDINARY = 0x02060006, 4 << 4, 1 << 4, 0 << 4
SHA256 = 0x000b


class Said(Exception):
    """The TPM's code for what it did not do."""


def send(code, handles=(), parameters=b"", auth=True):
    body = b"".join(struct.pack(">I", handle) for handle in handles)
    if auth:
        body += struct.pack(">IIHBH", 9, PASSWORD, 0, 0, 0)
    body += parameters
    with open("/dev/tpm0", "r+b", buffering=0) as f:
        f.write(struct.pack(">HII", 0x8002 if auth else 0x8001, 10 + len(body), code) + body)
        answer = f.read(4096)
    said, = struct.unpack_from(">I", answer, 6)
    if said:
        raise Said(hex(said))
    return answer[10:]


def undefine(index=COUNTER):
    send(0x122, (OWNER, index))


def define(kind, index=COUNTER, size=32):
    public = struct.pack(">IHIHH", index, SHA256, ATTRIBUTES | kind, 0, size)
    send(0x12a, (OWNER,), struct.pack(">HH", 0, len(public)) + public)


def step(by, index=COUNTER):
    send(0x136, (index, index), struct.pack(">H", len(by)) + by)


def extend_pcr(pcr, digest=b"\x01" * 32):
    send(0x182, (pcr,), struct.pack(">IH", 1, SHA256) + digest)


def handles(first):
    """Those in use, of the kind of the first one: 0x80000000 objects, 0x02000000 sessions."""
    answer = send(0x17a, parameters=struct.pack(">III", 1, first, 64), auth=False)
    count, = struct.unpack_from(">I", answer, 5)
    return list(struct.unpack_from(f">{count}I", answer, 9))
