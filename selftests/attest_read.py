# SPDX-License-Identifier: GPL-2.0-only
"""attest_read.py CHAIN NUMBER JSON - the attestation record of certificate NUMBER, read by
asn1crypto, a parser that is not ours; and whether the file JSON, of kmctl verify-attestation
--json, has every field of it and no other. Called by kmctl_verify_attestation_test.sh.
"""
import json
import sys
import time

from asn1crypto import core, pem, x509

LEVELS = ["software", "tee", "strongbox"]
BOOTS = ["verified", "self-signed", "unverified", "failed"]
PURPOSES = ["encrypt", "decrypt", "sign", "verify", "derive", "wrap", "agree", "attest"]
ALGORITHMS = {1: "rsa", 3: "ec"}
MODES = {1: "ecb", 2: "cbc", 3: "ctr", 32: "gcm"}
DIGESTS = ["none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
PADDINGS = {1: "none", 2: "oaep", 3: "pss", 4: "pkcs1-encrypt", 5: "pkcs1-sign", 64: "pkcs7"}
CURVES = ["p224", "p256", "p384", "p521", "25519"]
ORIGINS = ["generated", "derived", "imported", "unknown", "securely-imported"]
AUTHS = {0: "none", 1: "password", 2: "fingerprint", 2 ** 32 - 1: "any"}


class Numbers(core.SetOf):
    _child_spec = core.Integer


class RootOfTrust(core.Sequence):
    _fields = [("key", core.OctetString), ("locked", core.Boolean), ("state", core.Enumerated),
               ("hash", core.OctetString)]


class Package(core.Sequence):
    _fields = [("name", core.OctetString), ("version", core.Integer)]


class Packages(core.SetOf):
    _child_spec = Package


class Signers(core.SetOf):
    _child_spec = core.OctetString


class App(core.Sequence):
    _fields = [("packages", Packages), ("signers", Signers)]


def date(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))


def hexed(b):
    return b.hex()


def named(b):
    return "hex:" + b.hex()


# id: name in JSON, type, how a value is told
FIELDS = {
    1: ("purpose", Numbers, PURPOSES.__getitem__), 2: ("algorithm", core.Integer, ALGORITHMS.get),
    3: ("size", core.Integer, int), 4: ("mode", Numbers, MODES.get),
    5: ("digest", Numbers, DIGESTS.__getitem__), 6: ("padding", Numbers, PADDINGS.get),
    7: ("caller-nonce", core.Null, None), 8: ("min-mac-length", core.Integer, int),
    10: ("curve", core.Integer, CURVES.__getitem__), 200: ("exponent", core.Integer, int),
    203: ("mgf-digest", Numbers, DIGESTS.__getitem__),
    303: ("rollback-resistance", core.Null, None), 305: ("early-boot-only", core.Null, None),
    400: ("active", core.Integer, date), 401: ("origination-expire", core.Integer, date),
    402: ("usage-expire", core.Integer, date), 405: ("usage-count-limit", core.Integer, int),
    502: ("user-secure-id", core.Integer, lambda n: [n]), 503: ("no-auth", core.Null, None),
    504: ("user-auth-type", core.Integer, AUTHS.get), 505: ("auth-timeout", core.Integer, int),
    506: ("allow-while-on-body", core.Null, None),
    507: ("trusted-user-presence-required", core.Null, None),
    508: ("trusted-confirmation-required", core.Null, None),
    509: ("unlocked-device-required", core.Null, None),
    600: ("all-applications", core.Null, None), 701: ("creation", core.Integer, date),
    702: ("origin", core.Integer, ORIGINS.__getitem__), 704: ("root-of-trust", RootOfTrust, None),
    705: ("os-version", core.Integer, int), 706: ("os-patchlevel", core.Integer, int),
    709: ("attestation-application-id", core.OctetString, hexed),
    710: ("attestation-id-brand", core.OctetString, named),
    713: ("attestation-id-serial", core.OctetString, named),
    718: ("vendor-patchlevel", core.Integer, int), 719: ("boot-patchlevel", core.Integer, int),
    723: ("attestation-id-second-imei", core.OctetString, named),
    724: ("module-hash", core.OctetString, hexed),
}


class AuthorizationList(core.Sequence):
    _fields = [(name, kind, {"explicit": number, "optional": True})
               for number, (name, kind, _) in sorted(FIELDS.items())]


class KeyDescription(core.Sequence):
    _fields = [("version", core.Integer), ("level", core.Enumerated),
               ("keymaster", core.Integer), ("keymaster_level", core.Enumerated),
               ("challenge", core.OctetString), ("unique_id", core.OctetString),
               ("software", AuthorizationList), ("tee", AuthorizationList)]


def enumerated(value):
    """asn1crypto knows an enumeration only by a map of names."""
    return int.from_bytes(value.contents, "big")


def values(fields):
    result = {}
    for name, kind, told in FIELDS.values():
        value = fields[name]
        if isinstance(value, core.Void):
            continue
        if kind is core.Null:
            result[name] = True
        elif kind is RootOfTrust:
            result[name] = {"boot-key": value["key"].native.hex(),
                            "device-locked": value["locked"].native,
                            "verified-boot": BOOTS[enumerated(value["state"])],
                            "boot-hash": value["hash"].native.hex()}
        elif kind is Numbers:
            result[name] = sorted(told(n) for n in value.native)
        else:
            result[name] = told(value.native)
    return result


def application(record):
    try:
        app = App.load(record["software"]["attestation-application-id"].native, strict=True)
        return {"packages": [{"name": p["name"].native.decode(), "version": p["version"].native}
                             for p in app["packages"]],
                "signers": [s.native.hex() for s in app["signers"]]}
    except (TypeError, ValueError):
        return None


def expected(record):
    result = {"attestation-version": record["version"].native,
              "attestation-security-level": LEVELS[enumerated(record["level"])],
              "keymaster-version": record["keymaster"].native,
              "keymaster-security-level": LEVELS[enumerated(record["keymaster_level"])],
              "challenge": record["challenge"].native.hex(),
              "unique-id": record["unique_id"].native.hex(),
              "software-enforced": values(record["software"]),
              "tee-enforced": values(record["tee"])}
    app = application(record)
    if app:
        result["application"] = app
    return result


def sort_lists(value):
    if isinstance(value, dict):
        return {k: sorted(v) if isinstance(v, list) and v and isinstance(v[0], str)
                else sort_lists(v) for k, v in value.items()}
    return value


def main():
    chain, number, told = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(chain, "rb") as f:
        ders = [der for _, _, der in pem.unarmor(f.read(), multiple=True)]
    certs = [x509.Certificate.load(der, strict=True) for der in ders]
    with open(told, encoding="utf-8") as f:
        said = json.load(f)
    extension, = [e for e in certs[number - 1]["tbs_certificate"]["extensions"]
                  if e["extn_id"].native == "1.3.6.1.4.1.11129.2.1.17"]
    record = KeyDescription.load(bytes(extension["extn_value"]), strict=True)
    want, got = sort_lists(expected(record)), sort_lists(said["record"])
    bad = [k for k in sorted(set(want) | set(got)) if want.get(k) != got.get(k)]
    for k in bad:
        print(f"# {k}: {got.get(k)}, not {want.get(k)}")
    fields = sum(len(v) if isinstance(v, dict) else 1 for v in want.values())
    print(f"# {fields} fields are the same" if not bad else "# different")
    serials = [format(c.serial_number, "x") for c in certs]
    if [c["serial"] for c in said["certificates"]] != serials:
        bad.append("serials")
    if said["record-of-certificate"] != number:
        bad.append("number")
    key = pem.unarmor(said["public-key"].encode())[2]
    if key != certs[0].public_key.dump():
        bad.append("public key")
    if fields < 16 or bad:
        print(f"# bad: {bad}")
        sys.exit(1)


main()
