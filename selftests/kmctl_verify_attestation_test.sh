#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl ca and kmctl verify-attestation: an authority, chains below it that another program has
# made, real devices, every field beside what another parser reads, and all that is refused,
# each for its own reason. Prints TAP. Needs root, but no module.
set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

python=/usr/bin/python3
when=2019-08-01
verify() { kmctl verify-attestation "$@"; }
# good NAME CERTIFICATE TEXT [OPTION]...: verified, and each field is what the other parser reads
good() {
	local name=$1 number=$2 text=$3
	shift 3
	sh_ok "$text" "kmctl verify-attestation chains/$name.pem --root ca/root.pem --json \
		${*:---challenge foo} >json && $python $here/attest_read.py chains/$name.pem $number json"
}
# refused NAME REASON [OPTION]...: by this reason, status 4, and nothing on standard output
refused() {
	local name=$1 reason=$2
	shift 2
	[ $# -gt 0 ] || set -- --challenge foo
	expect 4 "$reason" "$name: $reason" verify "chains/$name.pem" --root ca/root.pem "$@"
	[ ! -s out ] || report 1 "$name: says nothing of it"
}

# --- the authority -----------------------------------------------------------------
expect 0 "" "an authority is made" kmctl ca create ca
ok "its files" diff <(ls ca) - <<'END'
device-ec.chain
device-ec.key
device-rsa.chain
device-rsa.key
root.pem
END
for kind in ec rsa; do
	ok "device-$kind.key is its owner's alone" test "$(mode_of ca/device-$kind.key)" = 600
	sh_ok "openssl verifies device-$kind.chain" \
		"openssl verify -x509_strict -CAfile ca/root.pem -untrusted ca/device-$kind.chain \
			ca/device-$kind.chain"
	ok "three certificates" test "$(grep -c BEGIN ca/device-$kind.chain)" = 3
	sh_ok "the chain is that of the key" "cmp <(openssl pkey -in ca/device-$kind.key -pubout) \
		<(openssl x509 -in ca/device-$kind.chain -noout -pubkey)"
done
sh_ok "the device's key is RSA with 2048 bits" \
	"openssl pkey -in ca/device-rsa.key -noout -text | grep -q '2048 bit'"
sh_ok "it may sign authorities: no limit of the path" \
	"openssl x509 -in ca/device-ec.chain -noout -text | grep -A 1 'Basic Constraints: critical' |
		grep -qx ' *CA:TRUE'"
sha256sum ca/* >sums
expect 7 "has a root.pem already; nothing was made" "what is there is not overwritten" \
	kmctl ca create ca
mkdir half && echo mine >half/device-rsa.key
expect 7 "has a device-rsa.key already" "nor is one file of it" kmctl ca create half
ok "nothing is left of it" test "$(ls half; cat half/*)" = "device-rsa.key
mine"
ok "the authority is as it was" sha256sum -c sums
expect 0 "" "another authority, for a day" kmctl ca create other --days 1
sh_ok "for a day it is" "openssl x509 -in other/root.pem -noout -checkend 80000 &&
	! openssl x509 -in other/root.pem -noout -checkend 90000"
ok "of other names" test "$(openssl x509 -in ca/root.pem -noout -subject)" != \
	"$(openssl x509 -in other/root.pem -noout -subject)"
for days in 0 -1 x 36501 1x ""; do
	expect 2 "--days: a number" "--days '$days'" kmctl ca create third --days "$days"
done
expect 1 "No such file" "no directory for it" kmctl ca create no/such
expect 2 "give DIR" "no name for it" kmctl ca create
ok "of none of these anything is left" test ! -e third -a ! -e no

mkdir chains
$python -W ignore "$here/attest_make.py" ca chains || exit 1

# --- what is good, by two parsers ----------------------------------------------------
good ec 1 "EC"
good rsa 1 "RSA"
good imported 1 "an imported key"
good tags 1 "every tag"
good software 1 "a key manager that is software"
good dates 1 "the dates of a leaf are its owner's"
good middle 1 "an authority of the owner between"
for size in 127 128; do good challenge$size 1 "a challenge of $size bytes" \
	--challenge "$(printf "%${size}s" | tr ' ' c)"; done
for size in 127 128 129 255 256; do good app$size 1 "an application id of $size bytes"; done
good attestkey 4 "RSA, EC, RSA, EC: the record nearest to the root"
good noroot 4 "a chain without its root"
sh_ok "a name with a NUL is not cut off" "kmctl verify-attestation chains/nul.pem --json \
	--root ca/root.pem --challenge foo | grep -q '\"name\":\"$(printf 'org.example.bank\0more' |
		od -An -tx1 -v | tr -d ' \n')\"'"
sh_ok "a name with control characters is shown without" "kmctl verify-attestation \
	chains/nul-subject.pem --root ca/root.pem --challenge foo |
		LC_ALL=C grep -a '^certificate 1 ' | LC_ALL=C grep -qv '[^ -~]'"
sh_ok "origin imported" "kmctl verify-attestation chains/imported.pem --root ca/root.pem \
	--challenge foo | grep -qx '  origin *imported'"
sh_ok "standard input" "kmctl verify-attestation - --root ca/root.pem --challenge foo <chains/ec.pem"
cat other/root.pem ca/root.pem >both.pem
expect 0 "" "two roots, one of which is it" verify chains/ec.pem --root both.pem --challenge foo
expect 0 "" "the challenge in hex" verify chains/ec.pem --root ca/root.pem --challenge hex:666F6F
sh_ok "who reads it sees that other records count for nothing" \
	"kmctl verify-attestation chains/attestkey.pem --root ca/root.pem --challenge foo |
		grep -q '^other records  *3, '"

# --- real devices --------------------------------------------------------------------
vectors=$here/vectors/attestation
for kind in ec rsa; do
	# The last one of the file.
	tac "$vectors/${kind}_tee.pem" | sed '/BEGIN/q' | tac >google.pem
	sh_ok "a real device: $kind" "kmctl verify-attestation $vectors/${kind}_tee.pem --json \
		--root google.pem --challenge abc --time $when >json &&
		$python $here/attest_read.py $vectors/${kind}_tee.pem 1 json"
	expect 0 "" "what it says of itself" verify "$vectors/${kind}_tee.pem" --root google.pem \
		--challenge abc --time $when --require "security-level=tee,attestation-version=3,\
keymaster-version=4,origin=generated,purpose=verify+sign,digest=sha256,no-auth,os-version=0,\
os-patchlevel=201907,vendor-patchlevel=201907,boot-patchlevel=201907,verified-boot=unverified,\
device-locked=no,boot-hash=728DB1274f1f1cf1571de4380b048a554ac4a380e76f5355083529084a937801,\
boot-key=$(printf '%064d' 0),package=com.android.keychain,no-auth-timeout,algorithm=$kind,\
signer=301aa3cb081134501c45f1422abc66c24224fd5ded5fdc8f17e697176fd866aa"
done
expect 4 "has expired" "its root has expired" verify "$vectors/ec_tee.pem" --root google.pem \
	--challenge abc
expect 4 "is not valid yet" "and was not valid once" verify "$vectors/ec_tee.pem" \
	--root google.pem --challenge abc --time 2016-01-01
expect 4 "not the trusted root" "it is none of ours" verify "$vectors/ec_tee.pem" \
	--root ca/root.pem --challenge abc --time $when

# --- what is not: chains ----------------------------------------------------------------
expect 4 "the last: not the trusted root" "another root" \
	verify chains/ec.pem --root other/root.pem --challenge foo
refused signature "certificate 1 (CN = Android Keystore Key): its signature is not by the key"
refused issuer "certificate 1 (CN = Android Keystore Key): its issuer is not the subject"
refused gap "certificate 1 (CN = Android Keystore Key): its issuer is not the subject"
refused expired "certificate 2 (CN = middle): has expired"
refused notyet "certificate 2 (CN = middle): is not valid yet"
refused noca "certificate 2 (CN = middle): is no authority"
refused nosign "certificate 2 (CN = middle): may not sign others"
refused critical "certificate 2 (CN = middle): has a critical extension"
refused path "certificate 3 (CN = one): allows a path of 0 below it, and there are 1"
refused sha1 "certificate 1 (CN = Android Keystore Key): its signature is of an unknown or weak kind"
refused root "the chain is a root and nothing else"
expect 4 "has expired" "as of a later day" verify chains/ec.pem --root ca/root.pem \
	--challenge foo --time +4000d
# One bit of each certificate: in its key, its names or its dates.
for n in 1 2 3 4; do
	awk -v n="$n" '/BEGIN/ { c++ } c == n { l++ } { if (c == n && l == 5)
		$0 = substr($0, 1, 9) (substr($0, 10, 1) == "A" ? "B" : "A") substr($0, 11) } 1' \
		chains/ec.pem >chains/bit$n.pem
	verify chains/bit$n.pem --root ca/root.pem --challenge foo >out 2>err
	test $? = 4 -a -s err -a ! -s out
	report $? "one character of certificate $n is another"
done
echo no >chains/none.pem
refused none "no certificate in PEM"
{ cat chains/ec.pem; printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'; } \
	>chains/malformed.pem
refused malformed "certificate 5 is malformed"
for ((i = 0; i < 33; i++)); do cat ca/root.pem; done >chains/long.pem
refused long "more than 32 certificates"

# --- what is not: records ----------------------------------------------------------------
refused ec "the challenge in its record is another one" --challenge fooo
refused ec "the challenge in its record is another one" --challenge fo
refused norecord "no certificate of the chain has a record"
refused order "field [701] comes after [709]: out of order"
refused swapped "field [503] comes after [702]: out of order"
refused unknown "field [725] is not known"
refused behind "something is behind its lists"
refused version "version 500 of a key manager 500 is not known"
for size in 129 255 256; do
	refused challenge$size "its challenge has $size bytes, more than 128"
done
refused forged-plain "certificate 2 (CN = mine): is no authority"
refused forged-ca "certificate 2 (CN = mine): has signed another without the purpose attest"
refused forged-challenge "certificate 2 (CN = mine): the challenge in its record is another one"
good forged-challenge 2 "its own record it may show" --challenge old

# --- revoked ---------------------------------------------------------------------------
list() { printf '%s' "$1" >list; }
revoked() { # NAME: by the list
	refused revoked "certificate 1 (CN = Android Keystore Key): is on the revocation list: serial fedcba987, $1" \
		--challenge foo --revoked list
}
batch=$(openssl x509 -in <(sed '1,/END/d' chains/ec.pem | sed '1,/END/d') -noout -serial)
batch=${batch#serial=}
list '{ "entries": { "fedcba987": { "status": "REVOKED", "reason": "KEY_COMPROMISE" } } }
'
revoked "REVOKED, KEY_COMPROMISE"
expect 0 "" "it is not another's" verify chains/ec.pem --root ca/root.pem --challenge foo --revoked list
list '{"entries":{"1":{"status":"REVOKED"},"0FEDCBA987":{"status":"SUSPENDED"}}}'
revoked "SUSPENDED"
list $'# ours\n\n01\r\n  0fedCBA987  # stolen\n'
revoked "REVOKED"
list "$batch"
refused ec "certificate 3 (CN = keymaster test batch" --challenge foo --revoked list
root=$(openssl x509 -in ca/root.pem -noout -serial)
list "${root#serial=}"
refused noroot "the root (CN = keymaster test root" --challenge foo --revoked list
list ''
expect 0 "" "an empty list" verify chains/revoked.pem --root ca/root.pem --challenge foo --revoked list
list '{"entries":{}}'
expect 0 "" "an empty list in JSON" verify chains/revoked.pem --root ca/root.pem --challenge foo --revoked list
bad_list() {
	list "$1"
	expect 1 "list: $2" "no list: $1" verify chains/ec.pem --root ca/root.pem --challenge foo \
		--revoked list
}
bad_list '{"entries":{"1":{"status":"GOOD"}}}' "an entry has another status"
bad_list '{"entries":{"1":{}}}' "an entry has no status"
bad_list '{"entries":{"x1":{"status":"REVOKED"}}}' "an entry has a serial number"
bad_list '{"entries":{"1":{"status":"REVOKED"}}' "it is no JSON with an object"
bad_list '{"entries":{"1":{"status":"REVOKED"}}} 2' "it is no JSON with an object"
bad_list '{"entries":[]}' "it is no JSON with an object"
bad_list '{}' "it is no JSON with an object"
bad_list $'01\n0x2\n' "line 2 is no serial"
bad_list $'01 02\n' "line 1 is no serial"
expect 1 "No such file" "a list that is not there" verify chains/ec.pem --root ca/root.pem \
	--challenge foo --revoked nowhere

# --- demands -----------------------------------------------------------------------------
demand() { # STATUS DEMAND [PATTERN] [CHAIN]
	expect "$1" "${3-}" "--require $2" verify "chains/${4-ec}.pem" --root ca/root.pem \
		--challenge foo --require "$2"
}
for yes in security-level=tee 'security-level>=software' 'security-level>=tee' \
		'security-level<=tee' purpose=sign+verify purpose=verify+sign algorithm=ec curve=p256 \
		size=256 'size>=256' 'size<=256' no-auth no-all-applications \
		origin=generated device-locked=yes verified-boot=verified 'os-patchlevel>=202611' \
		'vendor-patchlevel>=202611' 'vendor-patchlevel>=20261105' 'boot-patchlevel<=202611' \
		package=org.example.bank package=org.example.more software.creation \
		'software.creation>=2023-11-14' "signer=$(printf 'ab%.0s' {1..32})" \
		'attestation-version>=100' keymaster-version=300; do
	demand 0 "$yes"
done
demand 0 'vendor-patchlevel>=202611' "" months
demand 4 'vendor-patchlevel>=20261101' "does not hold: 202611" months
demand 4 security-level=strongbox "does not hold: attestation tee, key manager tee"
demand 4 'security-level>=strongbox' "does not hold: attestation tee, key manager tee"
demand 4 'security-level>=tee' "does not hold: attestation software" software
demand 4 purpose=sign "does not hold: sign, verify"
demand 4 purpose=sign+verify+decrypt "does not hold: sign, verify"
demand 4 origin=generated "does not hold: imported" imported
demand 4 size=384 "does not hold: 256"
demand 4 'size>=257' "does not hold: 256"
demand 4 'os-patchlevel>=202612' "does not hold: 202611"
demand 4 'vendor-patchlevel>=20261106' "does not hold: 20261105"
demand 4 no-no-auth "does not hold: it is in the record"
demand 4 no-creation "does not hold: it is in the record"
demand 4 auth-timeout "does not hold: it is not among what the record says is enforced"
demand 4 creation "does not hold: it is not among what the record says is enforced"
demand 4 software.purpose=sign "does not hold: it is not in the record's list of software"
demand 4 device-locked=no "does not hold: yes"
demand 4 verified-boot=self-signed "does not hold: verified"
demand 4 boot-key=00 "does not hold: it is another one"
demand 4 boot-hash=00 "does not hold: it is another one"
demand 4 package=org.example "does not hold: no package"
demand 4 package=org.example.bank "does not hold: no package" nul
demand 4 package=x "has no application id of that form" app127
demand 4 signer=ac "does not hold: the application was signed by another"
demand 4 attestation-version=100 "does not hold: it is 300"
demand 4 origin=generated,size=256,curve=p384 "curve=p384' does not hold: p256"
for wrong in "" , size, nothing no-nothing 'size>256' size= size=x 'purpose>=sign' \
		purpose=sing security-level=high security-level boot-key=xy device-locked=maybe \
		'device-locked>=yes' verified-boot=green root-of-trust attestation-version=x; do
	demand 2 "$wrong" "--require: "
done
expect 2 "--require: there is no 'nothing'" "what is not understood is told first" \
	verify nowhere.pem --root nowhere.pem --challenge foo --require nothing

# --- the command line ----------------------------------------------------------------------
expect 2 "give --root FILE and --challenge BYTES" "no root" verify chains/ec.pem --challenge foo
expect 2 "give --root FILE and --challenge BYTES" "no challenge" verify chains/ec.pem --root ca/root.pem
expect 2 "give CHAIN" "no chain" verify --root ca/root.pem --challenge foo
expect 2 "--challenge: 1 to 128 bytes" "no byte of a challenge" verify chains/ec.pem \
	--root ca/root.pem --challenge ""
expect 2 "--challenge: 1 to 128 bytes" "too long a challenge" verify chains/ec.pem \
	--root ca/root.pem --challenge "$(printf %129s x)"
expect 2 "is not hex" "a challenge that is not hex" verify chains/ec.pem --root ca/root.pem \
	--challenge hex:6
expect 2 "is not a date" "a time that is none" verify chains/ec.pem --root ca/root.pem \
	--challenge foo --time yesterday
expect 1 "No such file" "no such chain" verify nowhere.pem --root ca/root.pem --challenge foo
expect 1 "No such file" "no such root" verify chains/ec.pem --root nowhere.pem --challenge foo

# --- the shell -------------------------------------------------------------------------------
completion=$(ls "$here/../tools/completions/kmctl" "${KM_TOP-}/tools/completions/kmctl" 2>/dev/null |
	head -n 1)
complete_line() { # WORD...: what the last one can become
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kmctl
		printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$@"
}
export -f complete_line
export completion
sh_ok "completion: what ca does" "complete_line kmctl ca '' | grep -qx create"
sh_ok "completion: its directory" "complete_line kmctl ca create chai | grep -qx chains"
sh_ok "completion: its options" "complete_line kmctl ca create --d | grep -qx -- --days"
sh_ok "completion: a chain" "complete_line kmctl verify-attestation both | grep -qx both.pem"
sh_ok "completion: a root" "complete_line kmctl verify-attestation x --root both | grep -qx both.pem"
sh_ok "completion: options of verify-attestation" \
	"test \"\$(complete_line kmctl verify-attestation --req)\" = --require"

finish
