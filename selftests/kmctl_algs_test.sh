#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl with every algorithm, OpenSSL on the other side: RSA, the curves, agreement, 3DES,
# and keys that were wrapped elsewhere. Prints TAP. Needs root and the module; loads it anew.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

# A file of some length, a short message, a key of each kind.
head -c 100001 /dev/urandom >file
printf 'a short message' >short
for curve in P-224 P-256 P-384 P-521; do
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $curve.pem
done
openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl genpkey -algorithm X25519 -out x25519.pem
rsa_key 1 rsa.pem 2>/dev/null
for key in P-224 P-256 P-384 P-521 ed25519 x25519 rsa; do
	openssl pkey -in $key.pem -pubout -out $key.pub
done

reload
kmctl init --ephemeral >/dev/null

# --- rsa: signatures --------------------------------------------------------------
digests="md5 sha1 sha224 sha256 sha384 sha512"
all=none,${digests// /,}
openssl rsa -in rsa.pem -traditional -out old.pem 2>/dev/null
openssl rsa -in rsa.pem -traditional -outform DER -out old.der 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER -out rsa.der
openssl pkey -in rsa.pem -aes128 -passout pass:x -out locked.pem
for form in "--pem rsa.pem" "--pem old.pem" "--in old.pem" "--in old.der" "--in rsa.der"; do
	sh_ok "import $form" "kmctl import form $form --force --purpose sign,verify --no-auth \
		--padding pkcs1-sign --digest sha256 && kmctl export form | cmp - rsa.pub &&
		kmctl show form --json | grep -q '\"algorithm\":\"rsa\"'"
done
expect 1 "openssl pkcs8 -topk8" "import of an encrypted PEM says what to do" kmctl import x \
	--pem locked.pem --purpose sign --no-auth
expect 1 "is not PEM" "import --pem of something else" kmctl import x --pem rsa.der --purpose sign
expect 1 "no private key" "import --pem of a public key" kmctl import x --pem rsa.pub --purpose sign
expect 2 "one of --in" "import from two files" kmctl import x --pem rsa.pem --in rsa.pem
expect 3 "IMPORT_PARAMETER_MISMATCH" "import with another size than the key's" kmctl import x \
	--pem rsa.pem --size 1024 --purpose sign --padding pkcs1-sign --digest sha256 --no-auth
kmctl import rsa --pem rsa.pem --purpose sign,verify --no-auth --digest $all \
	--padding none,pkcs1-sign,pss
for digest in $digests; do
	sh_ok "rsa pkcs1 $digest: OpenSSL verifies" "kmctl sign rsa --padding pkcs1-sign \
		--digest $digest <file >sig && openssl dgst -$digest -verify rsa.pub -signature sig file"
	sh_ok "rsa pkcs1 $digest: we verify OpenSSL's" "openssl dgst -$digest -sign rsa.pem -out sig \
		file && kmctl verify rsa --padding pkcs1-sign --digest $digest --signature sig <file"
	sh_ok "rsa pss $digest: OpenSSL verifies" "kmctl sign rsa --padding pss --digest $digest \
		<file >sig && openssl dgst -$digest -verify rsa.pub -sigopt rsa_padding_mode:pss \
		-sigopt rsa_pss_saltlen:digest -signature sig file"
	sh_ok "rsa pss $digest: we verify OpenSSL's" "openssl dgst -$digest -sign rsa.pem \
		-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -out sig file &&
		kmctl verify rsa --padding pss --digest $digest --signature sig <file"
	expect 4 "signature BAD" "rsa pss $digest: not for another file" \
		kmctl verify rsa --padding pss --digest $digest --signature sig --in short
done
sh_ok "rsa pkcs1 without a digest: OpenSSL verifies" "kmctl sign rsa --padding pkcs1-sign \
	--digest none <short >sig && openssl pkeyutl -verify -pubin -inkey rsa.pub -in short -sigfile sig"
sh_ok "rsa without padding takes no digest: none is the only one that fits" "kmctl sign rsa \
	--padding none <short >sig && openssl pkeyutl -verifyrecover -pubin -inkey rsa.pub \
	-pkeyopt rsa_padding_mode:none -in sig | tail -c 15 | cmp - short"
expect 2 "choose with --padding" "several paddings: the user must choose" kmctl sign rsa --in file
expect 2 "choose with --digest" "several digests: the user must choose" \
	kmctl sign rsa --padding pss --in file
sh_ok "one of each: nobody is asked" "kmctl sign form <file >sig &&
	openssl dgst -sha256 -verify rsa.pub -signature sig file &&
	kmctl verify form --signature sig <file"
expect 3 "does not allow padding pss (it allows: pkcs1-sign)" "a padding that is not allowed" \
	kmctl sign form --padding pss --in file
expect 3 "padding pss does not go with digest none" "a padding without its digest" \
	kmctl sign rsa --padding pss --digest none --in short
expect 1 "too long for this padding and an rsa key of 2048 bits" "more than the padding holds" \
	kmctl sign rsa --padding pkcs1-sign --digest none --in file
expect 3 "does not allow purpose decrypt" "a purpose that is not allowed" \
	kmctl decrypt rsa --padding none --in sig

# --- rsa: encryption -----------------------------------------------------------------
kmctl import crypt --pem rsa.pem --purpose encrypt,decrypt --no-auth --digest $all \
	--mgf-digest ${digests// /,} --padding none,oaep,pkcs1-encrypt
oaep="-pkeyopt rsa_padding_mode:oaep"
for digest in $digests; do
	for mgf in $digests; do
		sh_ok "rsa oaep $digest, mgf $mgf: both ways" "openssl pkeyutl -encrypt -pubin \
			-inkey rsa.pub $oaep -pkeyopt rsa_oaep_md:$digest -pkeyopt rsa_mgf1_md:$mgf \
			-in short -out c && kmctl decrypt crypt --padding oaep --digest $digest \
			--mgf-digest $mgf <c | cmp - short &&
			kmctl encrypt crypt --padding oaep --digest $digest --mgf-digest $mgf <short >c &&
			openssl pkeyutl -decrypt -inkey rsa.pem $oaep -pkeyopt rsa_oaep_md:$digest \
			-pkeyopt rsa_mgf1_md:$mgf -in c | cmp - short"
	done
done
sh_ok "rsa pkcs1: both ways" "openssl pkeyutl -encrypt -pubin -inkey rsa.pub -in short -out c &&
	kmctl decrypt crypt --padding pkcs1-encrypt <c | cmp - short &&
	kmctl encrypt crypt --padding pkcs1-encrypt <short >c &&
	openssl pkeyutl -decrypt -inkey rsa.pem -in c | cmp - short"
head -c 255 file | cat <(printf '\0') - >block
sh_ok "rsa without padding: both ways" "kmctl encrypt crypt --padding none <block >c &&
	openssl pkeyutl -decrypt -inkey rsa.pem -pkeyopt rsa_padding_mode:none -in c |
	cmp - block && kmctl decrypt crypt --padding none <c | cmp - block"
# The defaults of a new key are those of OpenSSL: the mask is made with the digest.
kmctl import plain --pem rsa.pem --purpose decrypt --no-auth --digest sha256 --padding oaep
sh_ok "rsa oaep as OpenSSL does it unasked" "openssl pkeyutl -encrypt -pubin -inkey rsa.pub $oaep \
	-pkeyopt rsa_oaep_md:sha256 -in short -out c && kmctl decrypt plain <c | cmp - short"
expect 3 "does not allow mgf-digest sha1 (it allows: sha256)" "a mask that is not allowed" \
	kmctl decrypt plain --mgf-digest sha1 --in c
flip c 100
expect 4 "" "a flipped bit is refused" bash -c 'kmctl decrypt plain --in c --out p 2>/dev/null'
ok "and nothing comes out" test ! -e p
head -c 191 file >long
expect 1 "too long" "more than oaep holds" kmctl encrypt plain --in long

# --- rsa: generation --------------------------------------------------------------------
sh_ok "generate rsa" "kmctl generate g --algorithm rsa --size 1024 --purpose sign --no-auth \
	--padding pkcs1-sign --digest sha256 && kmctl export g >g.pub &&
	openssl pkey -pubin -in g.pub -text -noout | grep -q 'Public-Key: (1024 bit)' &&
	openssl pkey -pubin -in g.pub -text -noout | grep -q 'Exponent: 65537' &&
	kmctl sign g <file >sig && openssl dgst -sha256 -verify g.pub -signature sig file"
sh_ok "generate rsa, exponent 3" "kmctl generate g --force --algorithm rsa --size 1024 --exponent 3 \
	--purpose sign --no-auth --padding pss --digest sha1 &&
	kmctl export g | openssl pkey -pubin -text -noout | grep -q 'Exponent: 3 '"
expect 3 "INVALID_ARGUMENT" "an even exponent" kmctl generate x --algorithm rsa --size 1024 \
	--exponent 4 --purpose sign --no-auth
expect 3 "UNSUPPORTED_KEY_SIZE" "no size" kmctl generate x --algorithm rsa --purpose sign --no-auth
big="kmctl generate big --algorithm rsa --size 4096 --purpose sign --padding pss --digest sha256 --no-auth"
# Not before it searches, which shows in its time in the kernel; and anew if its primes were
# found before it was told to end. Sets status and how long its end took.
interrupt() {
	local pid began fields tries
	for tries in 1 2 3 4 5 6 7 8 9 10; do
		$big >out 2>err &
		pid=$!
		while read -ra fields </proc/$pid/stat && [ "${fields[2]}" != Z ] &&
			[ "${fields[14]}" -lt 30 ]; do
			sleep 0.05
		done
		kill -TERM $pid
		began=$SECONDS
		wait $pid
		status=$? took=$((SECONDS - began))
		[ $status = 0 ] || return
		kmctl delete big
	done
}
interrupt
ok "a long generation is interrupted" test $status = 143 -a $took -lt 10
ok "and leaves no key" test ! -e /var/lib/keymaster/big.blob
for _ in 1 2 3 4 5; do # one that is found within a second tells nothing
	timeout 8 script -qec "$big" /dev/null </dev/null >terminal 2>&1
	kmctl delete big 2>/dev/null
	! grep -qaE 'generate [0-9]+ s' terminal || break
done
ok "on a terminal it tells the time" grep -aE 'generate [0-9]+ s' terminal

# --- the curves -----------------------------------------------------------------------
bits() { echo "${1#P-}"; }
for curve in P-224 P-256 P-384 P-521; do
	name=p$(bits $curve)
	sh_ok "$curve: generate, sign; OpenSSL verifies" "kmctl generate $name --algorithm ec \
		--curve $name --purpose sign,verify --digest sha1,sha224,sha256,sha384,sha512 --no-auth &&
		kmctl export $name >k.pub && for d in sha1 sha224 sha256 sha384 sha512; do
		kmctl sign $name --digest \$d <file >sig &&
		openssl dgst -\$d -verify k.pub -signature sig file || exit; done"
	sh_ok "$curve: import; we verify OpenSSL's" "kmctl import $name --force --pem $curve.pem \
		--purpose sign,verify --digest sha512 --no-auth && kmctl export $name | cmp - $curve.pub &&
		openssl dgst -sha512 -sign $curve.pem -out sig file &&
		kmctl verify $name --signature sig <file"
	expect 4 "signature BAD" "$curve: not for another file" \
		kmctl verify $name --signature sig --in short
	kmctl generate $name-dh --algorithm ec --curve $name --purpose agree --no-auth
	kmctl export $name-dh >dh.pub
	sh_ok "$curve: agreement with OpenSSL" "kmctl agree $name-dh --peer $curve.pub --out secret &&
		openssl pkeyutl -derive -inkey $curve.pem -peerkey dh.pub | cmp - secret &&
		test \$(stat -c %s secret) = $((($(bits $curve) + 7) / 8))"
done
ok "the secret is private" test "$(mode_of secret)" = 600
sh_ok "the peer's key may be DER" "openssl pkey -pubin -in P-521.pub -outform DER -out peer.der &&
	kmctl agree p521-dh --peer peer.der | cmp - secret"
expect 1 "not of the key's curve" "a peer on another curve" kmctl agree p521-dh --peer P-256.pub
expect 1 "not of the key's curve" "a peer that is none" kmctl agree p521-dh --peer short
expect 1 "no public key" "a PEM that is none" kmctl agree p521-dh --peer P-256.pem
expect 1 "No such file" "a peer that is not there" kmctl agree p521-dh --peer none
expect 2 "give --peer" "no peer" kmctl agree p521-dh
expect 3 "does not allow purpose agree (it allows: sign, verify)" "a key that signs" \
	kmctl agree p521 --peer P-521.pub
expect 3 "does not allow digest sha256" "and one that agrees" \
	kmctl sign p521-dh --digest sha256 --in file
expect 2 "known: p224, p256, p384, p521, 25519" "a wrong curve shows the known ones" kmctl generate x \
	--algorithm ec --curve p257

# --- curve 25519 ------------------------------------------------------------------------
sh_ok "Ed25519: import; the signature is OpenSSL's" "kmctl import ed --pem ed25519.pem --no-auth \
	--purpose sign,verify && kmctl export ed | cmp - ed25519.pub && kmctl sign ed <short |
	cmp - <(openssl pkeyutl -sign -inkey ed25519.pem -rawin -in short)"
sh_ok "Ed25519: generate; OpenSSL verifies" "kmctl generate ed2 --algorithm ec --curve 25519 \
	--purpose sign,verify --no-auth && kmctl export ed2 >k.pub && kmctl sign ed2 <short >sig &&
	test \$(stat -c %s sig) = 64 &&
	openssl pkeyutl -verify -pubin -inkey k.pub -rawin -in short -sigfile sig"
expect 0 "signature OK" "Ed25519: we verify" kmctl verify ed2 --signature sig --in short
expect 4 "signature BAD" "Ed25519: another message" kmctl verify ed2 --signature sig --in rsa.pub
openssl pkey -in ed25519.pem -outform DER | tail -c 32 >ed.raw
sh_ok "Ed25519: import of the bare 32 bytes" "kmctl import raw --algorithm ec --curve 25519 \
	--purpose sign --no-auth --in ed.raw && kmctl export raw | cmp - ed25519.pub"
sh_ok "X25519: agreement with OpenSSL" "kmctl generate x --algorithm ec --curve 25519 \
	--purpose agree --no-auth && kmctl export x >k.pub && kmctl agree x --peer x25519.pub |
	cmp - <(openssl pkeyutl -derive -inkey x25519.pem -peerkey k.pub)"
expect 3 "INCOMPATIBLE_PURPOSE" "not both of them" kmctl generate y --algorithm ec --curve 25519 \
	--purpose sign,agree --no-auth

# --- 3des --------------------------------------------------------------------------------
head -c 24 /dev/urandom >des.raw
des=$(od -An -tx1 des.raw | tr -d ' \n')
kmctl import des --algorithm 3des --purpose encrypt,decrypt --mode cbc,ecb --no-auth --in des.raw
sh_ok "3des cbc: OpenSSL reads it" "kmctl encrypt des --mode cbc <file >c && tail -c +9 c |
	openssl enc -d -des-ede3-cbc -K $des -iv \$(head -c 8 c | od -An -tx1 | tr -d ' \n') |
	cmp - file"
sh_ok "3des cbc: back" "kmctl decrypt des --mode cbc <c | cmp - file"
sh_ok "3des ecb: OpenSSL reads it" "kmctl encrypt des --mode ecb <file |
	openssl enc -d -des-ede3 -K $des | cmp - file"
sh_ok "3des: generate" "kmctl generate des2 --algorithm 3des --purpose encrypt,decrypt --mode cbc \
	--no-auth && kmctl show des2 --json | grep -q '\"size\":168' &&
	kmctl encrypt des2 <file | kmctl decrypt des2 | cmp - file"

# --- wrapped keys -------------------------------------------------------------------------
# What a server does: a SecureKeyWrapper around 16 bytes, for our public key.
cat >wrap.py <<'END'
import os, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x82, n >> 8, n & 255])
    return tag + size + body

def integer(n):
    return der(b"\2", bytes([n]))

def octets(b):
    return der(b"\4", b)

public, out, mask = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
auths = [(b"\xa1", der(b"\x31", integer(0) + integer(1))),      # purpose: encrypt, decrypt
         (b"\xa2", integer(32)), (b"\xa3", der(b"\2", b"\0\x80")),  # AES, 128 bits
         (b"\xa4", der(b"\x31", integer(1))),                    # ECB
         (b"\xa6", der(b"\x31", integer(1))),                    # no padding
         (b"\xbf\x83\x77", b"\5\0")]                             # NO_AUTH_REQUIRED
description = der(b"\x30", integer(3) + der(b"\x30", b"".join(der(t, v) for t, v in auths)))
transport, nonce = os.urandom(32), os.urandom(12)
sealed = AESGCM(transport).encrypt(nonce, bytes(range(16)), description)
masked = bytes(a ^ b for a, b in zip(transport, mask))
key = serialization.load_pem_public_key(open(public, "rb").read())
oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA256(), None)
open(out, "wb").write(der(b"\x30", integer(0) + octets(key.encrypt(masked, oaep)) +
                          octets(nonce) + description + octets(sealed[:-16]) +
                          octets(sealed[-16:])))
END
mask=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
zero=$(printf '%064d' 0)
kmctl import wrapper --pem rsa.pem --purpose wrap --padding oaep --digest sha256 --no-auth
/usr/bin/python3 wrap.py rsa.pub wrapped.der "$zero"
/usr/bin/python3 wrap.py rsa.pub masked.der "$mask"
sh_ok "import of a wrapped key" "kmctl import w --wrapped wrapped.der --wrapping-key wrapper &&
	head -c 16000 file | kmctl encrypt w | cmp - <(head -c 16000 file |
	openssl enc -aes-128-ecb -nopad -K 000102030405060708090a0b0c0d0e0f)"
expect 0 "securely-imported" "its origin" kmctl show w
sh_ok "import of a masked key" "kmctl import m --wrapped masked.der --wrapping-key wrapper \
	--masking-key $mask && head -c 160 file | kmctl encrypt m | cmp - <(head -c 160 file |
	kmctl encrypt w)"
expect 4 "VERIFICATION_FAILED" "without its mask it is refused" \
	kmctl import x2 --wrapped masked.der --wrapping-key wrapper
ok "and nothing is kept" test ! -e /var/lib/keymaster/x2.blob
flip wrapped.der 360
expect 4 "VERIFICATION_FAILED" "a flipped bit" kmctl import x2 --wrapped wrapped.der \
	--wrapping-key wrapper
expect 4 "INVALID_ARGUMENT" "what is no wrapper" kmctl import x2 --wrapped short --wrapping-key wrapper
expect 3 "does not allow purpose wrap (it allows: sign, verify)" "not for a key that signs" \
	kmctl import x2 --wrapped masked.der --wrapping-key rsa --padding oaep --digest sha256
expect 3 "does not allow digest sha512 (it allows: sha256)" "nor with another digest" \
	kmctl import x2 --wrapped masked.der --wrapping-key wrapper --digest sha512
sh_ok "the wrapping key may be a blob" "cp /var/lib/keymaster/wrapper.blob . && kmctl import \
	--blob m.blob --wrapped masked.der --wrapping-blob wrapper.blob --masking-key $mask &&
	head -c 160 file | kmctl encrypt --blob m.blob | cmp - <(head -c 160 file | kmctl encrypt w)"
expect 2 "give --wrapping-key" "without its wrapping key" kmctl import x2 --wrapped masked.der
expect 2 "brings its own" "with authorizations" kmctl import x2 --wrapped masked.der \
	--wrapping-key wrapper --purpose encrypt
expect 2 "64 hex digits" "a short mask" kmctl import x2 --wrapped masked.der \
	--wrapping-key wrapper --masking-key 0011
expect 2 "not a number" "a sid that is no number" kmctl import x2 --wrapped masked.der \
	--wrapping-key wrapper --password-sid x
expect 5 "there is no key" "a wrapping key that is not there" kmctl import x2 \
	--wrapped masked.der --wrapping-key nobody

finish
