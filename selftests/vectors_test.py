#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Published vectors through the device: NIST's for AES and 3DES, the RFCs' for HMAC and CTR.
# From Debian's python3-cryptography-vectors; what is left out is counted, and said why.

import doors
import km
from nist import Count, files, vectors
from tap import equal, main, refused, test

device = None


def use(blob, mode, nonce, data, purpose):
    return device.operate(purpose, blob, doors.cipher(mode, nonce=nonce), data)[0]


def block_mode(mode, pattern, least):
    count = Count()
    for path in files(f"ciphers/AES/{pattern}"):
        for _, v in vectors(path):
            if count.left_out():
                continue
            key, nonce = bytes.fromhex(v["key"]), v.get("iv")
            plain, sealed = bytes.fromhex(v["plaintext"]), bytes.fromhex(v["ciphertext"])
            nonce = bytes.fromhex(nonce) if nonce else None
            blob = device.import_key(doors.aes(mode, 8 * len(key)), key)
            equal(sealed, use(blob, mode, nonce, plain, km.ENCRYPT), f"{path} {v}")
            equal(plain, use(blob, mode, nonce, sealed, km.DECRYPT), f"{path} {v}")
            count.used += 1
    count.end(least)


@test
def aes_ecb():
    block_mode(km.ECB, "ECB/*.rsp", 2138)


@test
def aes_cbc():
    block_mode(km.CBC, "CBC/*.rsp", 2138)


@test
def aes_ctr():
    block_mode(km.CTR, "CTR/*.txt", 9)


def gcm(path, count):
    encrypt = "Encrypt" in path
    for section, v in vectors(path):
        tag_len = int(section["Taglen"])
        if section["IVlen"] != "96":
            count.out["GCM: the interface takes 12-byte nonces only"] += 1
            continue
        if tag_len < 96:
            count.out["GCM: the interface takes tags of 96 to 128 bits only"] += 1
            continue
        if count.left_out():
            continue
        key, nonce, aad = (bytes.fromhex(v[n]) for n in ("key", "iv", "aad"))
        sealed, tag = bytes.fromhex(v["ct"]), bytes.fromhex(v["tag"])
        blob = device.import_key(doors.aes(km.GCM, 8 * len(key)), key)
        params = doors.cipher(km.GCM, nonce=nonce, mac=tag_len, more=[(km.ASSOCIATED_DATA, aad)])
        if encrypt:
            got, _ = device.operate(km.ENCRYPT, blob, params, bytes.fromhex(v["pt"]))
            equal(sealed + tag, got, f"{path} {v}")
        elif "fail" in v:
            refused("VERIFICATION_FAILED", device.operate, km.DECRYPT, blob, params, sealed + tag)
        else:
            got, _ = device.operate(km.DECRYPT, blob, params, sealed + tag)
            equal(bytes.fromhex(v["pt"]), got, f"{path} {v}")
        count.used += 1


@test
def aes_gcm():
    count = Count()
    for path in files("ciphers/AES/GCM/*.rsp"):
        gcm(path, count)
    count.end(11250)


@test
def hmac():
    count = Count()
    for path, digest in (("rfc-2202-sha1", km.SHA1), ("rfc-4231-sha224", km.SHA224),
                         ("rfc-4231-sha256", km.SHA256), ("rfc-4231-sha384", km.SHA384),
                         ("rfc-4231-sha512", km.SHA512)):
        for _, v in vectors(f"HMAC/{path}.txt"):
            key, message, mac = (bytes.fromhex(v[n]) for n in ("key", "msg", "md"))
            message = message[:int(v["len"]) // 8]
            params = doors.hmac(digest, 8 * len(key))
            if not 8 <= len(key) <= 64:
                refused("UNSUPPORTED_KEY_SIZE", device.import_key, params, key)
                count.out["HMAC: the interface takes keys of 64 to 512 bits only (refused)"] += 1
                continue
            bits = 8 * len(mac)
            if bits < 64:
                count.out["HMAC: the interface takes MACs of at least 64 bits"] += 1
                continue
            blob = device.import_key(params, key)
            got, _ = device.operate(km.SIGN, blob, [(km.DIGEST, digest), (km.MAC_LENGTH, bits)],
                                    message)
            equal(mac, got, f"{path} {v}")
            device.operate(km.VERIFY, blob, [(km.DIGEST, digest)], message, mac)
            bad = bytes([mac[0] ^ 1]) + mac[1:]
            refused("VERIFICATION_FAILED", device.operate, km.VERIFY, blob, [(km.DIGEST, digest)],
                    message, bad)
            count.used += 1
    for path in ("rfc-2202-md5", "rfc-2286-ripemd160"):
        count.out["HMAC: MD5 and RIPEMD-160 are not offered"] += sum(
            1 for _ in vectors(f"HMAC/{path}.txt"))
    count.end(16)


# --- 3DES ---------------------------------------------------------------------------------------

def des3_key(v):
    """Files with one key mean it three times over: that is single DES."""
    if "keys" in v:
        return bytes.fromhex(v["keys"]) * 3
    return b"".join(bytes.fromhex(v[f"key{i}"]) for i in (1, 2, 3))


def des3(mode, pattern, least):
    count = Count()
    for path in files(f"ciphers/3DES/{pattern}"):
        for section, v in vectors(path):
            if count.left_out():
                continue
            nonce = v.get("iv", v.get("iv1"))
            nonce = bytes.fromhex(nonce) if nonce else None
            plain, sealed = v["plaintext"], v["ciphertext"]
            blob = device.import_key(doors.des3(mode), des3_key(v))
            equal(bytes.fromhex(sealed), use(blob, mode, nonce, bytes.fromhex(plain), km.ENCRYPT),
                  f"{path} {v}")
            equal(bytes.fromhex(plain), use(blob, mode, nonce, bytes.fromhex(sealed), km.DECRYPT),
                  f"{path} {v}")
            count.used += 1
    for name in ("CBC/TCBCI*", "CFB/*", "OFB/*"):
        if mode == km.CBC:
            count.out[f"3DES {name}: the mode is not offered"] += sum(
                1 for path in files(f"ciphers/3DES/{name}") for _ in vectors(path))
    count.end(least)


@test
def des3_ecb():
    des3(km.ECB, "ECB/*.rsp", 530)


@test
def des3_cbc():
    des3(km.CBC, "CBC/TCBC[!I]*.rsp", 530)


if __name__ == "__main__":
    device = km.ready()
    main()
