# SPDX-License-Identifier: GPL-2.0-only
# The two blob formats once more, from their description and with OpenSSL's algorithms.
# Takes blobs of the module apart and makes blobs that it must judge, under a known root key.

import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import km

LABEL = b"AES-256-GCM-HKDF-SHA-256, version 1\0"


def hkdf(key, info, size):
    return HKDF(hashes.SHA256(), size, None, info).derive(key)


def check_of(root):
    """The public check value of a root key."""
    return hkdf(root, b"keymaster root check", 16)


def hidden(uid, params=(), shareable=False):
    entries = [e for tag in (km.APPLICATION_ID, km.APPLICATION_DATA) for e in params if e[0] == tag]
    entries.append((km.ROOT_OF_TRUST, b"SW"))
    if not shareable:
        entries.append((km.OWNER_UID, uid))
    return km.pack(entries)


def aead(form, root, sets):
    """The cipher under the key-encryption key of a blob with these sets."""
    if form == 3:
        return AESGCM(hkdf(hkdf(root, b"keymaster blob format 3", 32), LABEL + sets, 32))
    digest = hashes.Hash(hashes.SHA256())
    digest.update(sets)
    master = Cipher(algorithms.AES(hkdf(root, b"keymaster blob format 0", 16)), modes.ECB())
    return AESOCB3(master.encryptor().update(digest.finalize()[:16]))


def take_apart(data, root, uid=0, params=()):
    """The key material in a blob of ours."""
    blob = km.Blob(data)
    if blob.format == 3 and blob.fixed != (1, 0):
        raise ValueError(f"kdf_version, addl_info are {blob.fixed}")
    sets = hidden(uid, params, km.SHAREABLE in dict(blob.enforced))
    cipher = aead(blob.format, root, sets + blob.enforced_bytes + blob.unenforced_bytes)
    return cipher.decrypt(blob.nonce, blob.ciphertext + blob.tag, None)


def forge(material, enforced, unenforced, root, form=3, uid=0, fixed=(1, 0)):
    """A blob as whoever knows the root key could make it; sets as entries or as bytes."""
    sets = [s if isinstance(s, bytes) else km.pack(s) for s in (enforced, unenforced)]
    owner = hidden(uid, (), not isinstance(enforced, bytes) and (km.SHAREABLE, 1) in enforced)
    nonce = os.urandom(12)
    cipher = aead(form, root, owner + sets[0] + sets[1])
    sealed = cipher.encrypt(nonce, material, None)
    data = bytes([form])
    for piece in (nonce, sealed[:-16], sealed[-16:]):
        data += struct.pack("<I", len(piece)) + piece
    if form == 3:
        data += struct.pack("<Ii", *fixed)
    return data + sets[0] + sets[1]
