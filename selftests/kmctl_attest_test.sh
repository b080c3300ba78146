#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl provision, generate --challenge, attest, certificate: with a root and a device key
# that the openssl command makes here, which also verifies what comes out. Prints TAP. Needs
# root and the module; loads it anew.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

ec="--algorithm ec --curve p256 --digest sha256 --purpose sign,verify --no-auth"
extension=1.3.6.1.4.1.11129.2.1.17
printf 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n' >ca.ext
# ca NAME: a root, of the key NAME-root.key, and a certificate that it signs for NAME.key.
ca() {
	local name=$1
	openssl req -new -key "$name-root.key" -subj "/CN=$name root" |
		openssl x509 -req -signkey "$name-root.key" -days 99 -extfile ca.ext \
			-out "$name-root.pem" &&
	openssl req -new -key "$name.key" -subj "/CN=$name device" |
		openssl x509 -req -CA "$name-root.pem" -CAkey "$name-root.key" -CAcreateserial \
			-days 99 -extfile ca.ext -out "$name-device.pem" &&
	cat "$name-device.pem" "$name-root.pem" >"$name.pem"
}
ec_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
{ ec_key ec-root.key && ec_key ec.key && ca ec &&
	rsa_key 1 rsa-root.key && rsa_key 2 rsa.key && ca rsa; } 2>ca.log ||
	{ cat ca.log; exit 1; }

# verified ROOT CHAIN: and nothing but a chain is in the file.
verified() { openssl verify -CAfile "$1" -untrusted "$2" "$2"; }
says() { openssl asn1parse -in "$1" | grep -A3 "$extension" | grep -q "$2"; }
certificates() { grep -c 'BEGIN CERTIFICATE' "$1"; }

head -c 32 /dev/urandom >root.key; chmod 600 root.key
restart() { # as the next boot does; the program that keeps the state may still run
	while pgrep -x kmctl >/dev/null; do sleep 0.1; done
	reload
	kmctl init --file root.key --state state
}

restart >/dev/null
expect 3 ATTESTATION_KEYS_NOT_PROVISIONED "nothing to attest with" \
	kmctl generate early $ec --challenge foo
expect 5 "no key" "and no key of it" kmctl certificate early
expect 2 "give --key and --chain" "both are needed" kmctl provision --key ec.key
expect 1 "needs root" "for root" setpriv --reuid 65534 --regid 65534 --clear-groups \
	kmctl provision --close
expect 3 "do not belong" "a chain of another key" kmctl provision --key ec.key --chain rsa.pem
expect 1 "no certificate" "no chain at all" kmctl provision --key ec.key --chain ec.key
expect 0 "" "provision EC" kmctl provision --key ec.key --chain ec.pem
expect 7 "done already" "a second time" kmctl provision --key ec.key --chain ec.pem
expect 0 "" "provision RSA" kmctl provision --key rsa.key --chain rsa.pem
expect 0 "attestation" "status tells of it" kmctl status

expect 0 "" "a key with a challenge" kmctl generate signer $ec --challenge foo
expect 0 "" "its certificate" kmctl certificate signer --out chain.pem
ok "three of them" [ "$(certificates chain.pem)" = 3 ]
ok "openssl verifies the chain" verified ec-root.pem chain.pem
sh_ok "not with another root" "! openssl verify -CAfile rsa-root.pem -untrusted chain.pem chain.pem"
ok "with the challenge" says chain.pem "0403666F6F"
sh_ok "of this key" "kmctl export signer | diff - <(openssl x509 -in chain.pem -noout -pubkey)"
expect 0 "" "RSA, a challenge in hex" kmctl generate rsa --algorithm rsa --size 2048 \
	--padding pkcs1-sign --digest sha256 --purpose sign --no-auth --challenge hex:00ff \
	--application-id-der 300431003100
kmctl certificate rsa --out chain.pem
ok "openssl verifies that" verified rsa-root.pem chain.pem
ok "with the bytes" says chain.pem "040200FF"
expect 2 "not a valid value" "hex that is none" kmctl generate bad $ec --challenge hex:0g
expect 3 INVALID_INPUT_LENGTH "129 bytes are too many" \
	kmctl generate bad $ec --challenge "$(printf %0129d 0)"
expect 0 "" "128 are not" kmctl generate most $ec --challenge "$(printf %0128d 0)"

expect 0 "" "attest a key that is there" kmctl attest signer --challenge later --out later.pem
ok "openssl verifies it" verified ec-root.pem later.pem
ok "with its challenge" says later.pem "04056C61746572"
expect 2 "give --challenge" "which it needs" kmctl attest signer
expect 0 "BEGIN CERTIFICATE" "to standard output" kmctl attest signer --challenge x
kmctl attest signer --challenge x --der --out later.der
sh_ok "DER, the leaf first" "openssl x509 -inform DER -in later.der -noout -subject | grep Keystore"

expect 0 "" "self-signed" kmctl generate own $ec --certificate
kmctl certificate own --out own.pem
ok "one certificate" [ "$(certificates own.pem)" = 1 ]
ok "openssl verifies it by itself" verified own.pem own.pem
expect 0 "" "a key without" kmctl generate plain $ec
expect 5 "made without a certificate" "has none" kmctl certificate plain

# The store: certificates are no keys, and go with theirs.
expect 0 "" "store check has nothing against them" kmctl store check
sh_ok "nor does list show them" "[ \"\$(kmctl list | wc -l)\" = 5 ]"
expect 0 "" "replaced by a key without" kmctl generate own $ec --force
expect 5 "made without a certificate" "its certificate is not the old one" kmctl certificate own
kmctl delete signer
sh_ok "deleted with the key" "! find $XDG_DATA_HOME /var/lib/keymaster -name 'signer*' | grep ."
expect 5 "no key" "so there is none" kmctl certificate signer

# Kept with the state, and sealed.
expect 0 "" "the module goes and comes" restart
expect 7 "done already" "what was provisioned is there" \
	kmctl provision --key ec.key --chain ec.pem
expect 0 "" "and attests" kmctl attest rsa --challenge again --out again.pem
ok "openssl verifies it" verified rsa-root.pem again.pem
sh_ok "the state shows nothing of it" "[ -s state ] && ! grep -aq 'rsa device' state"
expect 0 "" "nothing more" kmctl provision --close
restart >/dev/null
expect 7 "done already" "nor after the next boot" kmctl provision --close
finish
