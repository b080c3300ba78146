#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Attestation: the list of attestation.md 10, and rows 5, 6, 7, 77 to 80 of features.md.
# The maker of attesting.py gives the machine its keys; openssl verifies every chain that comes.
# watched: much is refused, at every stage

import datetime
import errno

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

import attesting
import doors
import km
import readykeys
from attesting import DATES, DAY, Maker, Record, attest, make, name, openssl_verifies
from tap import equal, main, refused, test

APP = (km.ATTESTATION_APPLICATION_ID, b"an application")
FOO = (km.ATTESTATION_CHALLENGE, b"foo")
ASKED = [FOO, APP]
ATTESTS = (km.ATTEST_KEY,)
LEFT_OUT = {km.MAX_BOOT_LEVEL, km.KEY_ID, km.OWNER_UID, km.USER_ID, km.USER_SECURE_ID}
device = maker = None


def an_ec(purposes=(km.SIGN, km.VERIFY), curve=km.P_256, more=()):
    digests = (km.NO_DIGEST,) if curve == km.CURVE_25519 else (km.SHA256,)
    return doors.ec(digests, purposes, [*DATES, *more], curve)


def an_rsa(purposes=(km.SIGN,), size=2048, more=()):
    return doors.rsa((km.PKCS1_SIGN,), (km.SHA256,), purposes, size, more=[*DATES, *more])


def spki(certificate):
    return certificate.public_key().public_bytes(Encoding.DER,
                                                 serialization.PublicFormat.SubjectPublicKeyInfo)


def lists_are(record, blob):
    """What the record says is what the key is, and nothing of it is left out."""
    for entries, said in zip(device.characteristics(blob), (record.tee, record.software)):
        want = {}
        for tag, value in entries:
            if tag in LEFT_OUT:
                continue
            if tag >> 28 in (km.ENUM_REP, km.UINT_REP):
                want[tag & 0xfffffff] = sorted(want.get(tag & 0xfffffff, []) + [value])
            else:
                want[tag & 0xfffffff] = True if tag >> 28 == km.BOOL else value
        for added in (704, 709):
            want.update({added: said[added]} if added in said else {})
        equal(want, said, "list")


def proves(blob, chain, challenge=b"foo"):
    equal(True, openssl_verifies(maker.root, chain), "openssl verify")
    equal(device.export(blob), spki(chain[0]), "public key")
    record = Record(chain[0])
    equal(challenge, record.challenge, "challenge")
    equal((0, 0), (record.level, record.km_level), "levels: software")
    lists_are(record, blob)
    return record


@test
def row_5_not_provisioned():
    """Before anything is provisioned there is no chain, but a self-signed certificate."""
    for describe in (an_ec, an_rsa):
        refused("ATTESTATION_KEYS_NOT_PROVISIONED", make, device, describe(more=ASKED))
        _, chain = make(device, describe())
        equal(1, len(chain), "certificates")
    refused("CANNOT_ATTEST_IDS", make, device,
            an_ec(more=[*ASKED, (km.ATTESTATION_ID_SERIAL, b"1")]))


@test
def row_6_provisioning_is_checked():
    """A key and the chain of another, garbage, another curve: nothing of it is taken."""
    key, chain = maker.keys[km.EC], maker.chains[km.EC]
    for bad_key, bad_chain, code in (
            (key, maker.chains[km.RSA], "INVALID_ARGUMENT"),
            (maker.keys[km.RSA], chain, "INVALID_ARGUMENT"),
            (key[:-1], chain, "INVALID_ARGUMENT"), (key, chain[:-1], "INVALID_ARGUMENT"),
            (key, chain + b"\0", "INVALID_ARGUMENT"), (b"\x30\0", chain, "INVALID_ARGUMENT"),
            (ed25519.Ed25519PrivateKey.generate().private_bytes(
                Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
             chain, "UNSUPPORTED_EC_CURVE")):
        refused(code, attesting.provision, device, bad_key, bad_chain)
    for key, chain in ((key, b""), (b"", chain), (b"x" * 2561, chain), (key, b"x" * 8193)):
        try:
            attesting.provision(device, key, chain)
            raise AssertionError("taken")
        except km.Refused as e:
            equal("OK", e.code, "a mistake of the call")
    refused("INVALID_TAG", attesting.provision, device,
            ids=[(km.ATTESTATION_ID_SERIAL, b"1"), (km.ATTESTATION_ID_SERIAL, b"2")])
    refused("INVALID_INPUT_LENGTH", attesting.provision, device,
            ids=[(km.ATTESTATION_ID_SERIAL, b"1" * 65)])
    refused("ATTESTATION_KEYS_NOT_PROVISIONED", make, device, an_ec(more=ASKED))


@test
def row_6_provisioned_once():
    for algorithm in (km.EC, km.RSA):
        attesting.provision(device, maker.keys[algorithm], maker.chains[algorithm])
    other = Maker()
    for who in (maker, other):
        for algorithm in (km.EC, km.RSA):
            refused("ROOT_OF_TRUST_ALREADY_SET", attesting.provision, device,
                    who.keys[algorithm], who.chains[algorithm])
    blob, chain = make(device, an_ec(more=ASKED))
    proves(blob, chain)


@test
def list_generate_with_challenge():
    for describe in (an_ec(more=ASKED), an_rsa(more=ASKED)):
        blob, chain = make(device, describe)
        equal(4, len(chain), "leaf, device, batch, root")
        record = proves(blob, chain)
        equal((300, 300), (record.version, record.km_version), "versions")
        equal(km.GENERATED, record.tee[702], "origin")
        leaf = chain[0]
        equal((name("Android Keystore Key"), 1), (leaf.subject, leaf.serial_number), "names")
        equal(datetime.datetime(1970, 1, 1), leaf.not_valid_before, "begin")
        key, hidden = record.software[704][0], record.software[704][3]
        equal((b"\0" * 32, b"\0", b"\2", b"\0" * 32), tuple(record.software[704]), "boot")
        equal((32, 32), (len(key), len(hidden)), "lengths")


@test
def list_every_kind_of_key():
    for curve in (km.P_224, km.P_256, km.P_384, km.P_521, km.CURVE_25519):
        blob, chain = make(device, an_ec(curve=curve, more=ASKED))
        record = proves(blob, chain)
        equal(curve, record.tee[10], "curve")
    blob, chain = make(device, an_ec((km.AGREE_KEY,), km.CURVE_25519, ASKED))
    proves(blob, chain)
    blob, chain = make(device, an_rsa((km.DECRYPT,), 1024, ASKED))
    proves(blob, chain)
    usage = chain[0].extensions.get_extension_for_class(x509.KeyUsage)
    equal(True, usage.critical and usage.value.data_encipherment and
          usage.value.key_encipherment and not usage.value.digital_signature, "usage")


@test
def list_self_signed_without_challenge():
    for describe in (an_rsa(), *(an_ec(curve=c) for c in (km.P_224, km.P_256, km.P_384, km.P_521)),
                     an_ec((km.ATTEST_KEY,)), an_ec((km.SIGN,), km.CURVE_25519)):
        blob, chain = make(device, describe)
        equal(1, len(chain), "certificates")
        equal(chain[0].subject, chain[0].issuer, "issuer")
        equal(device.export(blob), spki(chain[0]), "public key")
        equal(True, openssl_verifies(chain[0], chain), "openssl verify")
        equal(0, sum(e.oid == attesting.OID for e in chain[0].extensions), "extension")
    for describe in (an_rsa((km.DECRYPT,)), an_ec((km.AGREE_KEY,))):
        _, chain = make(device, describe)
        equal((1, b"\0"), (len(chain), chain[0].signature), "empty signature")
    _, chain = make(device, doors.aes(more=[FOO]))
    equal([], chain, "certificates of a symmetric key")


@test
def list_lengths_of_application_id_and_challenge():
    for size in (0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 300, 1024):
        app, challenge = bytes(n & 0xff for n in range(size)), b"c" * min(size, 128)
        _, chain = make(device, an_ec(more=[(km.ATTESTATION_CHALLENGE, challenge),
                                            (km.ATTESTATION_APPLICATION_ID, app)]))
        record = Record(chain[0])
        equal((app, challenge), (record.software[709], record.challenge), f"{size} bytes")
    refused("INVALID_INPUT_LENGTH", make, device,
            an_ec(more=[(km.ATTESTATION_CHALLENGE, b"c" * 129), APP]))
    refused("INVALID_INPUT_LENGTH", make, device,
            an_ec(more=[FOO, (km.ATTESTATION_APPLICATION_ID, b"a" * 1025)]))


@test
def list_what_is_missing():
    attester, _ = make(device, an_ec(ATTESTS))
    issuer = name("Android Keystore Key").public_bytes()
    refused("ATTESTATION_APPLICATION_ID_MISSING", make, device, an_ec(more=[FOO]))
    refused("ATTESTATION_CHALLENGE_MISSING", make, device, an_ec(more=[APP]), signer=attester,
            issuer=issuer)
    refused("MISSING_ISSUER_SUBJECT", make, device, an_ec(more=ASKED), signer=attester)
    refused("INVALID_ISSUER_SUBJECT", make, device, an_ec(more=ASKED), signer=attester,
            issuer=b"\x31\0")
    before, after = DATES
    plain = doors.ec((km.SHA256,), (km.SIGN,))
    refused("MISSING_NOT_BEFORE", make, device, plain)
    refused("MISSING_NOT_BEFORE", make, device, [*plain, after])
    refused("MISSING_NOT_AFTER", make, device, [*plain, before])
    refused("UNSUPPORTED_TAG", device.generate, an_ec(more=ASKED))


@test
def row_78_attest_keys():
    refused("INCOMPATIBLE_PURPOSE", make, device, an_ec((km.ATTEST_KEY, km.SIGN)))
    issuer = name("Android Keystore Key").public_bytes()
    for kind, code in ((an_ec((km.SIGN,)), "INCOMPATIBLE_PURPOSE"),
                       (doors.aes(), "INCOMPATIBLE_ALGORITHM")):
        signer, _ = make(device, kind)
        refused(code, make, device, an_ec(more=ASKED), signer=signer, issuer=issuer)
    hidden = [(km.APPLICATION_ID, b"mine")]
    signer, own = make(device, an_rsa(ATTESTS, more=[*ASKED, *hidden]))
    refused("INVALID_KEY_BLOB", make, device, an_ec(more=ASKED), signer=signer, issuer=issuer)
    blob, chain = make(device, an_ec(more=ASKED), signer=signer, issuer=issuer,
                       signer_params=hidden)
    equal(1, len(chain), "leaf only")
    proves(blob, [*chain, *own])
    signer, _ = make(device, an_ec(ATTESTS, more=[(km.ACTIVE_DATETIME, 1 << 50)]))
    refused("KEY_NOT_YET_VALID", make, device, an_ec(more=ASKED), signer=signer, issuer=issuer)
    signer, _ = make(device, an_ec(ATTESTS, more=[(km.USAGE_COUNT_LIMIT, 1)]))
    make(device, an_ec(more=ASKED), signer=signer, issuer=issuer)
    refused("INVALID_KEY_BLOB", make, device, an_ec(more=ASKED), signer=signer, issuer=issuer)


@test
def list_mixed_chain_of_six():
    signer, below, issuer = None, [], b""
    kinds = [an_rsa(ATTESTS), an_ec(ATTESTS, km.P_384), an_rsa(ATTESTS, 3072), an_ec(ATTESTS),
             an_ec(ATTESTS, km.CURVE_25519), an_rsa()]
    for depth, kind in enumerate(kinds):
        subject = name(f"link {depth}").public_bytes()
        blob, chain = make(device, [*kind, *ASKED, (km.CERTIFICATE_SUBJECT, subject)],
                           signer=signer, issuer=issuer)
        equal(4 if depth == 0 else 1, len(chain), "certificates")
        below = [*chain, *below]
        proves(blob, below)
        signer, issuer = blob, subject


@test
def list_imported():
    keys = [ec.generate_private_key(ec.SECP256R1()), readykeys.rsa_2048(3),
            ed25519.Ed25519PrivateKey.generate()]
    kinds = [an_ec((km.SIGN,)), an_rsa(), an_ec((km.SIGN,), km.CURVE_25519)]
    for key, kind in zip(keys, kinds):
        material = key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption())
        blob, chain = make(device, [*kind, *ASKED], material)
        equal(km.IMPORTED, proves(blob, chain).tee[702], "origin")
        _, chain = make(device, kind, material)
        equal(True, openssl_verifies(chain[0], chain), "self-signed")
    small = rsa.generate_private_key(65537, 512)
    _, chain = make(device, doors.rsa((km.PKCS1_SIGN,), (km.SHA256,), (km.SIGN,), 512, more=DATES),
                    small.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption()))
    equal(b"\0", chain[0].signature, "an RSA key too short to sign for itself")


@test
def names_serials_dates():
    subject = name("somebody else")
    edge = 2524608000000
    for serial, before, after in ((b"\x80", 0, edge - 1), (b"\1" * 20, edge - 1, edge),
                                  (b"\0\0\7", edge, 253402300799000)):
        _, chain = make(device, doors.ec((km.SHA256,), (km.SIGN,), [
            (km.CERTIFICATE_NOT_BEFORE, before), (km.CERTIFICATE_NOT_AFTER, after),
            (km.CERTIFICATE_SERIAL, serial), (km.CERTIFICATE_SUBJECT, subject.public_bytes()),
            *ASKED]))
        leaf = chain[0]
        equal((int.from_bytes(serial, "big"), subject), (leaf.serial_number, leaf.subject), "")
        dates = [datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=ms // 1000)
                 for ms in (before, after)]
        equal(dates, [leaf.not_valid_before, leaf.not_valid_after], "dates")
    for bad in ((km.CERTIFICATE_SERIAL, b""), (km.CERTIFICATE_SERIAL, b"\1" * 21),
                (km.CERTIFICATE_SUBJECT, b"CN=x"), (km.CERTIFICATE_SUBJECT, b"")):
        refused("INVALID_ARGUMENT", make, device, an_ec(more=[bad, *ASKED]))
    for before, after in ((0, 253402300800000), (1 << 63, 0)):
        refused("INVALID_ARGUMENT", make, device, doors.ec((km.SHA256,), (km.SIGN,), [
            (km.CERTIFICATE_NOT_BEFORE, before), (km.CERTIFICATE_NOT_AFTER, after), *ASKED]))


@test
def list_unique_id():
    def of(created=600 * 30 * DAY, app=b"app", more=()):
        _, chain = make(device, an_ec(more=[
            FOO, (km.ATTESTATION_APPLICATION_ID, app), km.INCLUDE_UNIQUE_ID,
            (km.CREATION_DATETIME, created), *more]))
        return Record(chain[0]).unique_id
    first = of()
    equal(16, len(first), "bytes")
    equal(first, of(601 * 30 * DAY - 1), "the same period")
    others = {of(601 * 30 * DAY), of(600 * 30 * DAY - 1), of(app=b"apq"),
              of(more=[km.RESET_SINCE_ID_ROTATION])}
    equal(5, len(others | {first}), "all different")
    _, chain = make(device, an_ec(more=ASKED))
    equal(b"", Record(chain[0]).unique_id, "not asked for")


@test
def row_7_attest_later():
    blob, _ = make(device, an_ec(more=[(km.ACTIVE_DATETIME, DAY),
                                       (km.ORIGINATION_EXPIRE_DATETIME, 40000 * DAY)]))
    serial = km.add_key("keymaster", "attested", blob)
    for key in (blob, serial):
        chain = attest(device, key, ASKED)
        proves(blob, chain)
        equal(datetime.datetime(1970, 1, 2), chain[0].not_valid_before, "begin")
    plain = device.generate(doors.ec())
    chain = attest(device, plain, ASKED)
    proves(plain, chain)
    equal(datetime.datetime(9999, 12, 31, 23, 59, 59), chain[0].not_valid_after, "end")
    refused("ATTESTATION_CHALLENGE_MISSING", attest, device, plain, [APP])
    refused("ATTESTATION_APPLICATION_ID_MISSING", attest, device, plain, [FOO])
    refused("INCOMPATIBLE_ALGORITHM", attest, device, device.generate(doors.aes()), ASKED)
    hidden = device.generate([*doors.ec(), (km.APPLICATION_ID, b"mine")])
    refused("INVALID_KEY_BLOB", attest, device, hidden, ASKED)
    proves_chain = attest(device, hidden, [*ASKED, (km.APPLICATION_ID, b"mine")])
    equal(True, openssl_verifies(maker.root, proves_chain), "hidden application id")


@test
def row_77_versions():
    blob = device.generate(doors.ec((km.SHA256,), (km.SIGN,), [km.ALL_APPLICATIONS]))
    for version, said in ((2, 1), (3, 2), (4, 3), (41, 4), (100, 100), (200, 200), (300, 300)):
        chain = attest(device, blob, ASKED, version=version)
        equal(True, openssl_verifies(maker.root, chain), "openssl verify")
        record = Record(chain[0])
        equal((said, version), (record.version, record.km_version), "versions")
        equal((said >= 2, said <= 4, 4 if said >= 3 else 3),
              (709 in record.software, 600 in record.software, len(record.software[704])),
              "fields")
    for version in (1, 5, 99, 301, 400):
        refused("VERSION_MISMATCH", attest, device, blob, ASKED, version=version)


@test
def too_little_room():
    plain = device.generate(doors.ec())
    need = sum(len(c.public_bytes(Encoding.DER)) for c in attest(device, plain, ASKED))
    for call in (lambda: attest(device, plain, ASKED, room=1),
                 lambda: make(device, an_ec(more=ASKED), room=1)):
        try:
            call()
            raise AssertionError("it fit")
        except km.Refused as e:
            equal("OK", e.code, "code")
            equal(True, abs(e.need[-6] - need) < 64, f"needed {e.need[-6]}, of {need}")


@test
def row_80_device_ids():
    ids = [(km.ATTESTATION_ID_BRAND, b"brand"), (km.ATTESTATION_ID_DEVICE, b"device"),
           (km.ATTESTATION_ID_PRODUCT, b"product"), (km.ATTESTATION_ID_SERIAL, b"serial"),
           (km.ATTESTATION_ID_IMEI, b"imei 1"), (km.ATTESTATION_ID_MANUFACTURER, b"maker"),
           (km.ATTESTATION_ID_MODEL, b"model"), (km.ATTESTATION_ID_SECOND_IMEI, b"imei 2")]
    refused("CANNOT_ATTEST_IDS", make, device, an_ec(more=[*ASKED, ids[3]]))
    attesting.provision(device, ids=ids)
    refused("ROOT_OF_TRUST_ALREADY_SET", attesting.provision, device, ids=ids)
    blob, chain = make(device, an_ec(more=[*ASKED, *ids]))
    equal(True, openssl_verifies(maker.root, chain), "openssl verify")
    said = Record(chain[0]).software
    equal([value for _, value in ids], [said[tag & 0xfffffff] for tag, _ in ids], "ids")
    _, chain = make(device, an_ec(more=[*ASKED, (km.ATTESTATION_ID_IMEI, b"imei 2")]))
    equal(b"imei 2", Record(chain[0]).software[714], "either IMEI")
    for wrong in ((km.ATTESTATION_ID_SERIAL, b"seriam"), (km.ATTESTATION_ID_SERIAL, b"seria"),
                  (km.ATTESTATION_ID_SERIAL, b""), (km.ATTESTATION_ID_MEID, b"imei 1"),
                  (km.ATTESTATION_ID_MEID, b"")):
        refused("CANNOT_ATTEST_IDS", make, device, an_ec(more=[*ASKED, wrong]))
    attesting.destroy_ids(device)
    refused("CANNOT_ATTEST_IDS", make, device, an_ec(more=[*ASKED, ids[3]]))
    refused("ROOT_OF_TRUST_ALREADY_SET", attesting.provision, device, ids=ids)
    make(device, an_ec(more=ASKED))


@test
def row_79_boot_and_levels():
    """The root of trust shows by its hash, and is called unverified all the same."""
    equal(True, bool(device.info()["features"] & 1 << 9), "KM_FEATURE_ATTESTATION")
    device.configure(root_of_trust=b"what was booted")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"what was booted")
    blob, chain = make(device, an_ec(more=ASKED))
    record = proves(blob, chain)
    equal((b"\0" * 32, b"\0", b"\2", digest.finalize()), tuple(record.software[704]), "boot")


@test
def nobody_else_and_never_again():
    other = km.device_of(1000)
    for call in (lambda: attesting.provision(other, close=True),
                 lambda: attesting.destroy_ids(other)):
        try:
            call()
            raise AssertionError("anybody may")
        except km.Refused as e:
            equal(errno.EPERM, e.errno, "errno")
    make(other, an_ec(more=ASKED))
    attesting.provision(device, close=True)
    refused("ROOT_OF_TRUST_ALREADY_SET", attesting.provision, device, close=True)


if __name__ == "__main__":
    doors.device = device = km.ready()
    maker = Maker()
    main()
