#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl generate, import and attest with --attest-key, and device ids: provision, certificates
# that say them, destroy-ids. The authority is one of "kmctl ca"; openssl and verify-attestation
# judge the chains. Prints TAP. Needs root and the module; loads it anew.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

ec="--algorithm ec --curve p256 --digest sha256 --no-auth"
rsa="--algorithm rsa --size 2048 --digest sha256 --padding pkcs1-sign --no-auth"
attest="--algorithm ec --curve p384 --purpose attest --no-auth"
extension=1.3.6.1.4.1.11129.2.1.17

certificates() { grep -c 'BEGIN CERTIFICATE' "$1"; }
# verified ROOT CHAIN CHALLENGE: that of the certificate nearest to the root.
verified() {
	openssl verify -CAfile "$1" -untrusted "$2" "$2" &&
		kmctl verify-attestation "$2" --root "$1" --challenge "$3"
}
says() { openssl asn1parse -in "$1" | grep -A3 "$extension" | grep -q "$2"; }
chain_of() { kmctl certificate "$1" --out "$1.pem" && cat "$1.pem"; }
# is_below KEY OTHER: its chain is one certificate and then that of the other.
is_below() { [ "$(chain_of "$2")" = "$(chain_of "$1" | sed '1,/END CERTIFICATE/d')" ]; }
of_key() { kmctl export "$1" | diff - <(openssl x509 -in "$1.pem" -noout -pubkey); }

authority ca >/dev/null && authority other >/dev/null || exit 1
head -c 32 /dev/urandom >root.key; chmod 600 root.key
restart() { # as the next boot does; the program that keeps the state may still run
	while pgrep -x kmctl >/dev/null; do sleep 0.1; done
	reload
	kmctl init --file root.key --state state
}
restart >/dev/null
for kind in ec rsa; do
	kmctl provision --key ca/device-$kind.key --chain ca/device-$kind.chain || exit 1
done

# Attest keys, of this machine, of each other and of themselves.
expect 0 "" "an attest key" kmctl generate first $attest --challenge c1
expect 0 "" "a key below it" kmctl generate leaf $ec --purpose sign,verify --challenge c2 \
	--attest-key first
sh_ok "its chain is its own certificate, then that of the attest key" "$(declare -f chain_of is_below)
	is_below leaf first"
ok "openssl and verify-attestation accept it" verified ca/root.pem leaf.pem c1
sh_ok "not below another root" "! openssl verify -CAfile other/root.pem -untrusted leaf.pem leaf.pem"
ok "it says its own challenge" says leaf.pem 04026332
ok "of this key" of_key leaf
expect 0 "" "an attest key below an attest key" kmctl generate second $rsa --purpose attest \
	--challenge c3 --attest-key first
expect 0 "" "and one more" kmctl generate third $attest --challenge c4 --attest-key second
expect 0 "" "a key below them all" kmctl generate deep $rsa --purpose sign --challenge c5 \
	--attest-key third
sh_ok "as many certificates" "$(declare -f chain_of is_below)
	is_below deep third && is_below third second && is_below second first"
ok "openssl and verify-attestation accept that" verified ca/root.pem deep.pem c1
ok "four and those of the machine" \
	[ "$(certificates deep.pem)" = $(($(certificates ca/device-ec.chain) + 4)) ]
expect 0 "" "an attest key that nobody vouches for" kmctl generate own $attest --certificate
expect 0 "" "a key below it" kmctl generate below-own $ec --purpose sign --challenge c6 \
	--attest-key own
chain_of own >/dev/null; chain_of below-own >/dev/null
ok "it is the root itself" verified own.pem below-own.pem c6
ok "of two certificates" [ "$(certificates below-own.pem)" = 2 ]
expect 0 "" "a subject that is given" kmctl generate named $attest --challenge c1 \
	--certificate-subject 3011310f300d06035504030c064d79204b6579
expect 0 "" "below it" kmctl generate below-named $ec --purpose sign --challenge c2 \
	--attest-key named
sh_ok "is the issuer's" "kmctl certificate below-named | openssl x509 -noout -issuer |
	grep -x 'issuer=CN = My Key'"

# Keys that are there, and keys that come from outside.
expect 0 "" "a key that is there" kmctl attest leaf --challenge d1 --attest-key second --out d1.pem
ok "below the attest key" verified ca/root.pem d1.pem c1
ok "with its challenge" says d1.pem 04026431
sh_ok "its stored chain is as it was" "kmctl certificate leaf | cmp - leaf.pem"
expect 0 "" "an attest key attested anew" kmctl attest third --challenge d2 --out d2.pem
sh_ok "keeps its subject" "[ \"\$(openssl x509 -in d2.pem -noout -subject)\" = \
	\"\$(kmctl certificate third | openssl x509 -noout -subject)\" ]"
sh_ok "so it vouches for what is below it" "kmctl certificate deep |
	sed '/END CERTIFICATE/q' | cat - d2.pem >moved.pem"
ok "as openssl sees it" verified ca/root.pem moved.pem d2
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out outside.key
expect 0 "" "an imported key" kmctl import outside --pem outside.key $ec --purpose sign \
	--challenge e1
chain_of outside >/dev/null
ok "this machine vouches for it" verified ca/root.pem outside.pem e1
sh_ok "as imported" "kmctl verify-attestation outside.pem --root ca/root.pem --challenge e1 \
	--json | grep -q imported"
ok "of this key" of_key outside
expect 0 "" "an imported key by an attest key" kmctl import outside2 --pem outside.key $ec \
	--purpose sign --challenge e2 --attest-key second
sh_ok "below it" "$(declare -f chain_of is_below)
	is_below outside2 second"
ok "verified" verified ca/root.pem outside2.pem c1
expect 0 "" "imported, self-signed" kmctl import outside3 --pem outside.key $ec --purpose sign \
	--certificate
expect 0 "BEGIN CERTIFICATE" "has one" kmctl certificate outside3
expect 0 "" "replaced by an import without" kmctl import outside3 --pem outside.key $ec \
	--purpose sign --force
expect 5 "made without a certificate" "has no certificate of the other" kmctl certificate outside3
expect 2 "see kmctl attest" "none for a wrapped key" kmctl import wrapped --wrapped outside.key \
	--wrapping-key first --challenge x

# Attest keys that ask for something.
expect 0 "" "one with an application id" kmctl generate closed $attest --application-id me \
	--challenge f1
expect 5 "closed" "not without it" kmctl generate x $ec --purpose sign --challenge f2 \
	--attest-key closed
expect 5 "closed" "not with that of the key" kmctl generate x $ec --purpose sign \
	--application-id me --challenge f2 --attest-key closed
expect 0 "" "with it" kmctl generate x $ec --purpose sign --application-id other --challenge f2 \
	--attest-key closed --attest-key-application-id me
expect 0 "" "and the key's own, to attest it" kmctl attest x --application-id other \
	--challenge f3 --attest-key closed --attest-key-application-id me --out f3.pem
ok "both are used" verified ca/root.pem f3.pem f1
expect 0 "" "one for tomorrow" kmctl generate early $attest --challenge g1 --active +1d
expect 3 "early: the key is not valid before" "is not for today" kmctl generate y $ec \
	--purpose sign --challenge g2 --attest-key early

# What does not do.
kmctl generate signer $ec --purpose sign --certificate
kmctl generate bare $attest
kmctl generate symmetric --algorithm aes --size 128 --mode ctr --purpose encrypt --no-auth
expect 3 "signer: the key does not allow purpose attest (it allows: sign)" "no attest key" \
	kmctl generate z $ec --purpose sign --challenge h --attest-key signer
expect 5 "bare: has no certificate itself" "no certificate" \
	kmctl generate z $ec --purpose sign --challenge h --attest-key bare
expect 5 "no key 'nothing'" "no key" \
	kmctl generate z $ec --purpose sign --challenge h --attest-key nothing
expect 2 "give --challenge" "no challenge" kmctl generate z $ec --purpose sign \
	--attest-key first
expect 2 "give --challenge" "nor self-signed" kmctl generate z $ec --purpose sign --certificate \
	--attest-key first
expect 2 "give --challenge" "nor to attest" kmctl attest leaf --attest-key first
expect 3 INCOMPATIBLE_ALGORITHM "a symmetric key has no certificate" \
	kmctl attest symmetric --challenge h --attest-key first
expect 0 "" "nor one when it is made" kmctl generate aes --algorithm aes --size 128 --mode ctr \
	--purpose encrypt --no-auth --challenge h --attest-key first
expect 5 "made without a certificate" "as it says" kmctl certificate aes
expect 5 "no key" "what was refused was not made" kmctl certificate z

# An attest key of an older system is upgraded on the way, as every stored key.
restart >/dev/null
kmctl configure --os-version 14 --os-patchlevel 2026-09-01
expect 0 "" "after an update of the system" kmctl generate newer $ec --purpose sign --challenge i1 \
	--attest-key first
sh_ok "the attest key is upgraded" "kmctl show first | grep 202609"
expect 0 "" "both keys of an attestation" kmctl attest deep --challenge i2 --attest-key second \
	--out i2.pem
ok "verified" verified ca/root.pem i2.pem c1
sh_ok "both are upgraded" "kmctl show deep | grep 202609 && kmctl show second | grep 202609"

# Device ids.
ids="brand=Acme device=anvil product=anvil-2 serial=A1-77 imei=490154203237518 meid=A1000049
	manufacturer=ACME model=Two second-imei=356938035643809"
options=
for id in $ids; do options+=" --attestation-id-${id%%=*} ${id#*=}"; done
makes="kmctl generate id --force $ec --purpose sign"
expect 3 CANNOT_ATTEST_IDS "ids that nobody gave" $makes --challenge j \
	--attestation-id-serial A1-77
expect 2 "give --challenge" "and without a challenge" $makes --attestation-id-serial A1-77
expect 1 "needs root" "ids are root's to give" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl provision $options
expect 3 INVALID_INPUT_LENGTH "one that is too long" kmctl provision \
	--attestation-id-serial "$(printf %065d 0)"
expect 0 "" "all of them" kmctl provision $options
expect 7 "done already" "once" kmctl provision --attestation-id-serial A1-78
expect 0 "" "a key that says all" $makes --challenge j $options
for id in $ids; do
	sh_ok "${id%%=*}" "kmctl certificate id | openssl asn1parse | grep -A3 $extension |
		grep -q \$(printf %s ${id#*=} | od -An -tx1 | tr -d ' \n' | tr a-f A-F)"
done
expect 3 CANNOT_ATTEST_IDS "another serial number" $makes --challenge j \
	--attestation-id-serial A1-78
expect 0 "" "either IMEI" $makes --challenge j --attestation-id-imei 356938035643809
expect 0 "" "a key that is there" kmctl attest leaf --challenge j --attestation-id-model Two \
	--out model.pem
sh_ok "says the model" "kmctl verify-attestation model.pem --root ca/root.pem --challenge j |
	grep 'attestation-id-model *hex:54776f'"
expect 0 "" "an imported one" kmctl import id --force --pem outside.key $ec --purpose sign \
	--challenge j --attestation-id-serial A1-77
expect 0 "" "also by an attest key" $makes --challenge j --attest-key first \
	--attestation-id-serial A1-77
expect 0 "" "the next boot" restart
expect 0 "" "they are kept" $makes --challenge j --attestation-id-brand Acme
expect 2 "give --yes" "not destroyed by accident" kmctl destroy-ids
expect 0 "" "they are there" $makes --challenge j --attestation-id-brand Acme
expect 1 "needs root" "nor by anybody" setpriv --reuid 65534 --regid 65534 --clear-groups \
	kmctl destroy-ids --yes
expect 0 "" "destroyed" kmctl destroy-ids --yes
expect 3 CANNOT_ATTEST_IDS "gone" $makes --challenge j --attestation-id-brand Acme
expect 7 "done already" "none can be given" kmctl provision --attestation-id-brand Acme
expect 0 "" "destroyed again" kmctl destroy-ids --yes
restart >/dev/null
expect 3 CANNOT_ATTEST_IDS "after the next boot too" $makes --challenge j \
	--attestation-id-brand Acme
expect 7 "done already" "and still none can be given" kmctl provision --attestation-id-brand Acme
sh_ok "the state has none" "[ -s state ] && ! grep -aq 'A1-77' state"
finish
