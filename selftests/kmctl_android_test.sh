#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl android: every vector of Android's formats through the shipped tool, the keys that it
# brings here, what becomes of their authorizations, and all that is refused. Prints TAP. Needs
# root and the module; loads it anew.
set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

/usr/bin/python3 "$here/android_files.py" . || exit 1
reload
kmctl init --ephemeral >/dev/null
app="--application-id app_id"
# given TEXT COMMAND...: with TEXT on standard input
given() { local text=$1; shift; printf "$text" | "$@"; }
# says LINE...: the last command said each of them
says() {
	local line
	cp err said
	for line in "$@"; do
		ok "it says: $line" grep -qF -- "$line" said
	done
}
# lines NAME COMMAND...: standard output is exactly what stands on standard input
lines() {
	local name=$1
	shift
	cat >want
	"$@" >out 2>err </dev/null
	[ $? = 0 ] && cmp -s want out
	report $? "$name"
}
# decrypts FILE WANT OPTION...: what comes out is WANT
decrypts() {
	local file=$1 want=$2
	shift 2
	sh_ok "decrypt $file" "kmctl android decrypt $* $file | cmp - $want"
}
# likewise, of PEM: the key is the DER in WANT
decrypts_key() {
	local file=$1 want=$2
	shift 2
	sh_ok "decrypt $file" "kmctl android decrypt $* $file >key.pem &&
		cmp <(openssl pkey -in key.pem -outform DER) <(openssl pkey -inform DER -in $want -outform DER)"
}

# --- blobs -------------------------------------------------------------------------
lines "the real EC key: what it is, and its ten tags" kmctl android show $app ec.blob <<'END'
blob: AES-OCB, format 0
algorithm: ec
size: 256
material: 121 bytes
hidden
  tag=90000259 BYTES 6170705f6964 (application-id)
  tag=900002C0 BYTES 5357 (root-of-trust)
enforced
unenforced
  tag=10000002 ENUM 0x3 (algorithm ec)
  tag=30000003 UINT 0x100 (size)
  tag=20000001 ENUM_REP 0x2 (purpose sign)
  tag=20000001 ENUM_REP 0x3 (purpose verify)
  tag=20000005 ENUM_REP 0x0 (digest none)
  tag=300001F5 UINT 0x7 (user-id)
  tag=100001F8 ENUM 0x1 (user-auth-type password)
  tag=300001F9 UINT 0x12c (auth-timeout)
  tag=600002BD DATE 0x14d799f17b8 (creation 2015-05-22T03:16:19Z)
  tag=100002BE ENUM 0x0 (origin generated)
END
rsa_lines() { cat <<END
blob: $1
algorithm: rsa
size: 512
material: 317 bytes
hidden
  tag=90000259 BYTES 6170705f6964 (application-id)
  tag=900002C0 BYTES 5357 (root-of-trust)
enforced
unenforced
  tag=10000002 ENUM 0x1 (algorithm rsa)
  tag=30000003 UINT 0x200 (size)
  tag=500000C8 ULONG 0x3 (exponent)
  tag=20000001 ENUM_REP 0x2 (purpose sign)
  tag=20000001 ENUM_REP 0x3 (purpose verify)
  tag=20000005 ENUM_REP 0x0 (digest none)
  tag=20000006 ENUM_REP 0x1 (padding none)
  tag=300001F5 UINT 0x7 (user-id)
  tag=100001F8 ENUM 0x1 (user-auth-type password)
  tag=300001F9 UINT 0x12c (auth-timeout)
  tag=600002BD DATE 0x14d799f17b8 (creation 2015-05-22T03:16:19Z)
  tag=100002BE ENUM 0x0 (origin generated)
END
}
rsa_lines "AES-OCB, format 0" | lines "the real RSA key" kmctl android show $app rsa.blob
rsa_lines "AES-OCB without a version" | lines "the same without a version" \
	kmctl android show $app old.blob
lines "a key of Keymaster 0, and what Android lets it do" kmctl android show km0.blob <<'END'
blob: PK#8 of Keymaster 0, not encrypted
algorithm: rsa
size: 512
material: 317 bytes
hidden
enforced
unenforced
  tag=10000002 ENUM 0x1 (algorithm rsa)
  tag=20000005 ENUM_REP 0x0 (digest none)
  tag=20000005 ENUM_REP 0x1 (digest md5)
  tag=20000005 ENUM_REP 0x2 (digest sha1)
  tag=20000005 ENUM_REP 0x3 (digest sha224)
  tag=20000005 ENUM_REP 0x4 (digest sha256)
  tag=20000005 ENUM_REP 0x5 (digest sha384)
  tag=20000005 ENUM_REP 0x6 (digest sha512)
  tag=20000006 ENUM_REP 0x1 (padding none)
  tag=20000006 ENUM_REP 0x5 (padding pkcs1-sign)
  tag=20000006 ENUM_REP 0x4 (padding pkcs1-encrypt)
  tag=20000006 ENUM_REP 0x3 (padding pss)
  tag=20000006 ENUM_REP 0x2 (padding oaep)
  tag=20000001 ENUM_REP 0x2 (purpose sign)
  tag=20000001 ENUM_REP 0x3 (purpose verify)
  tag=20000001 ENUM_REP 0x0 (purpose encrypt)
  tag=20000001 ENUM_REP 0x1 (purpose decrypt)
  tag=30000003 UINT 0x200 (size)
  tag=500000C8 ULONG 0x3 (exponent)
  tag=700001F4 BOOL true (all-users)
  tag=700001F7 BOOL true (no-auth)
END
decrypts_key ec.blob ec.plain $app
decrypts_key rsa.blob rsa.plain $app
decrypts_key old.blob rsa.plain $app
decrypts_key km0.blob km0.plain
decrypts_key zero_nonce.blob key.der
for blob in ec rsa old; do
	expect 5 "[INVALID_KEY_BLOB]" "$blob.blob without its application id" kmctl android show $blob.blob
	expect 5 "[INVALID_KEY_BLOB]" "$blob.blob with another" kmctl android decrypt $blob.blob \
		--application-id app_ie
done

# The sets of all the formats are the same.
format_lines() { cat <<END
algorithm: rsa
size: 256
material: 5 bytes, no private key of this algorithm
hidden
  tag=900002C0 BYTES 666f6f (root-of-trust)
  tag=90000259 BYTES 6d795f617070 (application-id)
enforced
  tag=10000002 ENUM 0x1 (algorithm rsa)
  tag=30000003 UINT 0x100 (size)
  tag=1000012D ENUM 0x0 (blob-usage standalone)
  tag=30000193 UINT 0xa (min-seconds-between-ops)
  tag=700001F4 BOOL true (all-users)
  tag=700001F7 BOOL true (no-auth)
  tag=100002BE ENUM 0x0 (origin generated)
unenforced
  tag=60000190 DATE 0xa (active 1970-01-01T00:00:00Z)
  tag=60000191 DATE 0x64 (origination-expire 1970-01-01T00:00:00Z)
  tag=600002BD DATE 0xa (creation 1970-01-01T00:00:00Z)
END
}
hidden="--application-id my_app --root-of-trust foo"
slots="--factory-reset-secret 466163746f72792072657365742073656372657400
	--secure-deletion-secret 5365637572652064656c6574696f6e2073656372657400"
version="kdf version: 0x11, additional information 0x22"
{ echo "blob: AES-OCB, format 0"; format_lines; } | lines "format 0" kmctl android show $hidden format0.blob
{ echo "blob: AES-GCM, format 1"; format_lines; } | lines "format 1" kmctl android show $hidden format1.blob
{ printf 'blob: %s\nslot: 0x1020304\n' "AES-GCM with secure deletion, format 2"; format_lines; } |
	lines "format 2" kmctl android show $hidden $slots format2.blob
{ printf 'blob: %s\n%s\n' "AES-GCM with a version, format 3" "$version"; format_lines; } |
	lines "format 3" kmctl android show $hidden format3.blob
{ printf 'blob: %s\n%s\nslot: 0x1020304\n' "AES-GCM with secure deletion and a version, format 4" \
	"$version"; format_lines; } | lines "format 4" kmctl android show $hidden $slots format4.blob
{ echo "blob: integrity-assured, not encrypted"; format_lines; } |
	lines "integrity-assured" kmctl android show $hidden integrity.blob
for blob in format0 format1 format2 format3 format4 integrity; do
	decrypts $blob.blob material $hidden $slots
	expect 5 "[INVALID_KEY_BLOB]" "$blob.blob with another root of trust" \
		kmctl android show $slots --application-id my_app $blob.blob
	expect 3 "no private key of its algorithm" "five bytes are not migrated" \
		kmctl android migrate $hidden $slots $blob.blob --alias none
done
for blob in format2 format4; do
	expect 5 "[INVALID_KEY_BLOB]" "$blob.blob without its secrets" kmctl android show $hidden $blob.blob
done
expect 5 "[INVALID_KEY_BLOB]" "a blob under another master key" kmctl android decrypt master.blob
decrypts_key master.blob key.der --master-key 000102030405060708090a0b0c0d0e0f
decrypts_key master.blob key.der --blob-master-key 000102030405060708090a0b0c0d0e0f
modulus=$(od -An -v -tx1 qualcomm.modulus | tr -d ' \n')
lines "a blob of Qualcomm: the public half" kmctl android show qualcomm.blob <<END
blob: Qualcomm, of Keymaster 0
algorithm: rsa
size: 2048
version: 1
modulus: $modulus
exponent: 010001
private exponent: 256 bytes, encrypted under a key of the device
END
expect 5 "never leaves the device" "it is not decrypted" kmctl android decrypt qualcomm.blob
expect 5 "never leaves the device" "nor migrated" kmctl android migrate qualcomm.blob --alias none
expect 0 "algorithm: dsa" "a DSA key is shown" kmctl android show dsa.blob
sh_ok "and decrypted" "kmctl android decrypt dsa.blob | openssl pkey -noout"
expect 3 "[UNSUPPORTED_ALGORITHM]" "and not migrated" kmctl android migrate dsa.blob --alias none
expect 0 "tag=10000007 ENUM 0x5 (padding-old pkcs1-sign)" "an old encoding is shown" \
	kmctl android show legacy.blob
sh_ok "JSON" "kmctl android show $app ec.blob --json | $plain_python -c '
import json, sys
s = json.load(sys.stdin)
assert s[\"algorithm\"] == \"ec\" and s[\"size\"] == 256 and s[\"private_key\"] is True, s
assert s[\"hidden\"][\"application-id\"] == \"hex:6170705f6964\", s
assert s[\"unenforced\"][\"purpose\"] == [\"sign\", \"verify\"] and s[\"enforced\"] == {}, s'"

# --- files -----------------------------------------------------------------------------
{ printf '%s\n' "file: version 2, keymaster key, encrypted" "uid: 10092" "alias: USRPKEY_ec1" \
	"master key: d6c70396df7bfdd8b47913485dc0a885"
	kmctl android show $app ec.blob; } >ec1.lines
sh_ok "a keystore file: the master key, and what the blob alone shows" \
	"echo 1234 | kmctl android show $app user_0/10092_USRPKEY_ec1 | cmp - ec1.lines"
sh_ok "with the master key instead of the PIN" "kmctl android show $app </dev/null \
	--master-key d6c70396df7bfdd8b47913485dc0a885 user_0/10092_USRPKEY_ec1 | cmp - ec1.lines"
sh_ok "with the .masterkey from elsewhere" "cp user_0/10092_USRPKEY_ec1 . && echo 1234 |
	kmctl android show $app 10092_USRPKEY_ec1 --masterkey-file user_0/.masterkey | cmp - ec1.lines"
sh_ok "at a terminal it asks, without echo" "$plain_python '$here/typed.py' \
	'PIN of user_0/.masterkey: =1234' -- kmctl android show $app user_0/10092_USRPKEY_ec1 |
	tr -d '\r' | tee typed | grep -q 'master key: d6c70396df7bfdd8b47913485dc0a885' && ! grep -q 1234 typed"
expect 5 "[LOCKED]" "no .masterkey" kmctl android show $app 10092_USRPKEY_ec1
expect 8 "no password on standard input" "no PIN" kmctl android show user_0/10001_note
expect 8 "[WRONG_PASSWORD]" "another PIN" given '123\n' kmctl android show user_0/10001_note
for i in 1 2 3 4 5 6; do
	given '4321\n' kmctl android show user_0/10001_note >/dev/null 2>&1
done
sh_ok "however often it was wrong, nothing is lost" "[ \$(ls -A user_0 | wc -l) = 8 ] &&
	echo 1234 | kmctl android decrypt user_0/10001_note | cmp - <(printf 'hello keystore')"
expect 5 "[VALUE_CORRUPTED]" "another master key" kmctl android show user_0/10001_note \
	--master-key d6c70396df7bfdd8b47913485dc0a886
expect 2 "16 or 32 bytes" "a master key that is none" kmctl android show user_0/10001_note \
	--master-key d6c7
expect 2 "not a valid value" "nor is this" kmctl android show user_0/10001_note --master-key xyz
sh_ok "a file that is not encrypted needs no PIN" \
	"kmctl android decrypt 'user_0/10001_USRPKEY_my+Pkey+_1' </dev/null | cmp - <(printf 'hello keystore')"
expect 0 "alias: USRPKEY_my key/1" "its alias is decoded" kmctl android show \
	'user_0/10001_USRPKEY_my+Pkey+_1'
expect 0 "value: 14 bytes" "its value is not shown" kmctl android show 'user_0/10001_USRPKEY_my+Pkey+_1'
for dir in user_0 old_0; do
	sh_ok "$dir/.masterkey alone" "echo 1234 | kmctl android show $dir/.masterkey |
		grep -qx 'master key: d6c70396df7bfdd8b47913485dc0a885'"
done
sh_ok "a directory of Android 9" "echo 1234 | kmctl android decrypt nine_0/10001_note |
	cmp - <(printf 'hello keystore')"
sh_ok "a certificate in an encrypted file" "echo 1234 | kmctl android show user_0/10001_USRCERT_a |
	sed -n '/BEGIN/,\$p' | cmp - cert.pem"
sh_ok "one in PEM, decrypted" "kmctl android decrypt user_0/10001_CACERT_a | cmp - cert.pem"
expect 0 "key pair, encrypted, fallback" "the flag of the software fallback" \
	given '1234\n' kmctl android show user_0/10001_USRPKEY_fallback
expect 5 "of the device's hardware" "a key of hardware" \
	given '1234\n' kmctl android show user_0/10001_USRPKEY_hardware
cp out hardware.shown
expect 5 "of the device's hardware" "which is not decrypted" \
	given '1234\n' kmctl android decrypt user_0/10001_USRPKEY_hardware
cp out hardware.key
ok "to nothing" test ! -s hardware.key
hardware=$'file: version 2, keymaster key, encrypted\nuid: 10001\nalias: USRPKEY_hardware\nmaster key: d6c70396df7bfdd8b47913485dc0a885'
ok "of which there is what stands around it" test "$(cat hardware.shown)" = "$hardware"
lines "a directory is listed, without a PIN" kmctl android show user_0 <<'END'
-          .masterkey                       master key, encrypted
10001      CACERT_a                         generic, not encrypted
10001      USRCERT_a                        generic, encrypted
10001      USRPKEY_fallback                 key pair, encrypted fallback
10001      USRPKEY_hardware                 keymaster key, encrypted
10001      USRPKEY_my key/1                 generic, not encrypted
10001      note                             generic, encrypted
10092      USRPKEY_ec1                      keymaster key, encrypted
END
sh_ok "as JSON" "kmctl android show user_0/ --json | $plain_python -c '
import json, sys
rows = json.load(sys.stdin)
assert len(rows) == 8 and rows[0][\"name\"] == \".masterkey\", rows
assert rows[3][\"fallback\"] and rows[5][\"alias\"] == \"USRPKEY_my key/1\", rows
assert rows[7][\"uid\"] == 10092 and rows[7][\"encrypted\"] and not rows[5][\"encrypted\"], rows'"

# --- damaged, or something else -----------------------------------------------------
head -c 100 ec.blob >short.blob
expect 5 "a damaged key blob" "a blob that is cut off" kmctl android show $app short.blob
cp ec.blob flipped.blob; flip flipped.blob 40
expect 5 "[INVALID_KEY_BLOB]" "a blob with a changed bit" kmctl android show $app flipped.blob
cp user_0/10001_note 10001_bad; flip 10001_bad 50
expect 5 "[VALUE_CORRUPTED]" "a file with a changed bit" given '1234\n' \
	kmctl android show 10001_bad --masterkey-file user_0/.masterkey
head -c 60 user_0/10001_note >10001_short
expect 5 "a damaged keystore file" "a file that is cut off" kmctl android show 10001_short
: >empty
expect 5 "is empty" "an empty file" kmctl android show empty
expect 5 "no key blob, keystore file or .masterkey" "something else" kmctl android show cert.pem
expect 5 "No such file" "no file" kmctl android show nowhere
expect 5 "too long" "a file that is too long" kmctl android show /usr/bin/bash
expect 1 "Is a directory" "decrypt of a directory" kmctl android decrypt user_0
expect 2 "give FILE" "no argument" kmctl android show
expect 2 "android show" "no command" kmctl android
expect 2 "android show" "no such command" kmctl android shout
expect 0 "Usage: kmctl android decrypt FILE" "help" kmctl android decrypt --help
expect 0 "android migrate" "help of the family" kmctl android --help
kmctl android decrypt km0.blob --out private.pem
ok "a private key is for its owner only" test "$(mode_of private.pem)" = 600
sh_ok "there is nothing of the key in show" "kmctl android show km0.blob >all &&
	kmctl android show km0.blob --json >>all && ! grep -qi a4cf71edc9 all && ! grep -q 'PRIVATE KEY' all"

# --- the writing side ------------------------------------------------------------------
write="kmctl android write new_0"
expect 0 "" "the first PIN makes the directory" given '5678\nthe value' \
	$write --alias "USRPKEY_my key/1" --uid 10003
ok "for its owner only" test "$(mode_of new_0) $(mode_of new_0/.masterkey) \
$(mode_of 'new_0/10003_USRPKEY_my+Pkey+_1')" = "700 600 600"
sh_ok "what was written is read" "echo 5678 |
	kmctl android decrypt 'new_0/10003_USRPKEY_my+Pkey+_1' | cmp - <(printf 'the value')"
ok "it is encrypted" bash -c '! grep -rqF "the value" new_0'
expect 8 "[WRONG_PASSWORD]" "another PIN" given '1\nx' $write --alias b --uid 10003
expect 7 "exists already" "a file that is there" given '5678\nx' \
	$write --alias "USRPKEY_my key/1" --uid 10003
expect 0 "" "by force" given '5678\nx' $write --alias "USRPKEY_my key/1" --uid 10003 --force
expect 0 "" "a blob, not encrypted" $write --alias USRPKEY_ec --uid 0 --plain --in ec.blob
expect 0 "" "one of Keymaster 0" given '5678\n' $write --alias USRPKEY_km0 --uid 0 --in km0.blob
lines "their types" kmctl android show new_0 <<'END'
-          .masterkey                       master key, encrypted
0          USRPKEY_ec                       keymaster key, not encrypted
0          USRPKEY_km0                      key pair, encrypted
10003      USRPKEY_my key/1                 generic, encrypted
END
decrypts_key new_0/0_USRPKEY_ec ec.plain $app
expect 2 "give --alias" "no alias" $write --uid 0 --plain --in ec.blob
expect 2 "--uid" "no uid" $write --alias a --plain --in ec.blob
expect 2 "--uid" "a uid that is none" $write --alias a --uid 0x1 --plain --in ec.blob

# Answers of Android's keystore to PINs: 13, 12, 11, 10, and then nothing is left.
unlock="kmctl android unlock"
lines "the right PIN" given '1234\n' $unlock user_0 <<<"1 NO_ERROR"
four=$(printf '%s\n' "13 WRONG_PASSWORD_3" "12 WRONG_PASSWORD_2" "11 WRONG_PASSWORD_1" \
	"10 WRONG_PASSWORD_0")
expect 8 "four wrong PINs" "four wrong ones" given '1\n2\n3\n4\n5\n6\n' $unlock user_0
sh_ok "have four answers, and then it ends" "{ printf '1\n2\n3\n4\n5\n' | $unlock user_0 || true; } |
	cmp - <(echo '$four')"
ok "nothing is lost" test "$(ls -A user_0 | wc -l)" = 8
lines "the right one sets the count back" given '1\n2\n3\n1234\n' $unlock user_0 <<END
$(head -n 3 <<<"$four")
1 NO_ERROR
END
cp -r user_0 wiped_0
expect 8 "its files are deleted" "with --wipe the fifth deletes" given '1\n2\n3\n4\n5\n' \
	$unlock wiped_0 --wipe
ok "all files" test "$(ls -A wiped_0 | wc -l)" = 0
expect 5 "[UNINITIALIZED]" "then it is as if it were new" $unlock wiped_0
lines "a new PIN" given '1234\n9999\n' $unlock user_0 --change <<<$'1 NO_ERROR\n1 NO_ERROR'
sh_ok "opens the same files" "echo 9999 | kmctl android decrypt user_0/10001_note |
	cmp - <(printf 'hello keystore')"
sh_ok "an old .masterkey gets a salt" "[ \$(stat -c %s old_0/.masterkey) = 68 ] &&
	echo 1234 | $unlock old_0 && [ \$(stat -c %s old_0/.masterkey) = 84 ] &&
	echo 1234 | kmctl android show old_0/.masterkey | grep d6c70396df7bfdd8b47913485dc0a885"
expect 8 "no password" "no more PINs" given '1\n' $unlock user_0
expect 1 "Not a directory" "unlock of a file" $unlock ec.blob

# --- to here ---------------------------------------------------------------------------------
head -c 32 /dev/zero | tr '\0' '\377' >message
head -c 64 /dev/zero | tr '\0' a >block
migrated="kmctl android migrate --store st"
expect 0 "user-auth-type password: left out: without a user-secure-id Android asked for nobody" \
	"the real EC key comes here" $migrated $app ec.blob --alias ec
says "auth-timeout 300: left out" "no-auth: added" "origin generated: becomes imported"
sh_ok "it signs, and OpenSSL verifies with the public key in the blob" \
	"kmctl sign ec $app --store st --in message --out sig && kmctl android decrypt $app ec.blob |
	openssl pkeyutl -verify -inkey /dev/stdin -in message -sigfile sig"
expect 5 "INVALID_KEY_BLOB" "its application id is asked for here, too" kmctl sign ec --store st --in message
cat >shown <<'END'
  algorithm                ec
  size                     256
  purpose                  sign, verify
  digest                   none
  no-auth                  yes
  curve                    p256
  origin                   imported
  user-id                  7
  creation                 2015-05-22T03:16:19Z
END
kmctl show ec $app --store st >ec.shown
sh_ok "its authorizations are kept" "while IFS= read -r line; do
	grep -qxF -- \"\$line\" ec.shown || { echo \"\$line\"; cat ec.shown; exit 1; }; done <shown"
expect 7 "exists already" "an alias that is taken" $migrated $app ec.blob --alias ec
expect 0 "imported" "but by force" $migrated $app ec.blob --alias ec --force
for key in rsa old; do
	expect 0 "no-auth: added" "the real RSA key, $key.blob" $migrated $app $key.blob --alias $key
	sh_ok "it signs" "kmctl sign $key $app --store st --in block --out sig &&
		kmctl android decrypt $app $key.blob | openssl pkey -pubout -out pub &&
		openssl pkeyutl -verifyrecover -pubin -inkey pub -pkeyopt rsa_padding_mode:none -in sig | cmp - block"
done
expect 0 "" "the key of Keymaster 0, of which nothing is changed" $migrated km0.blob --alias km0
sh_ok "it signs, without padding" "kmctl sign km0 --padding none --digest none --store st --in block --out sig &&
	kmctl android decrypt km0.blob | openssl pkey -pubout -out pub &&
	openssl pkeyutl -verifyrecover -pubin -inkey pub -pkeyopt rsa_padding_mode:none -in sig | cmp - block"
sh_ok "and as PKCS#1" "kmctl sign km0 --padding pkcs1-sign --digest sha256 --store st --in block --out sig &&
	openssl dgst -sha256 -verify pub -signature sig block"
expect 0 "origin generated: becomes imported" "out of an encrypted file" given '9999\n' \
	$migrated $app user_0/10092_USRPKEY_ec1 --alias ec1
sh_ok "it is the same key" "cmp <(kmctl export ec1 $app --store st) <(kmctl export ec $app --store st)"
expect 0 "min-mac-length 256: added" "an hmac key of Keymaster 1" $migrated \
	--application-id hex:0001 hmac.blob --alias hmac
sh_ok "it computes" "kmctl sign hmac --application-id hex:0001 --store st --in message --out mac &&
	openssl dgst -sha256 -mac HMAC -macopt hexkey:\$(od -An -v -tx1 hmac.key | tr -d ' \n') \
	-binary message | cmp - mac"
expect 0 "padding-old pkcs1-sign: becomes a padding" "old encodings" $migrated legacy.blob --alias legacy
says "digest-old sha256: becomes a digest"
sh_ok "they allow what they did" "kmctl sign legacy --store st --in message --out sig &&
	openssl dgst -sha256 -verify legacy.pem -signature sig message"
expect 0 "os-version 80000: becomes this system's" "what is of the old system" $migrated system.blob --alias system
says "os-patchlevel 201708: becomes" "creation @18446744072594176" "exportable yes: left out"
sh_ok "the rest is as it was" "kmctl show system --store st | grep -qx '  all-applications         yes'"

expect 0 "" "an aes key" $migrated aes.blob --alias aes
sh_ok "it encrypts" "kmctl encrypt aes --store st --in block --out sealed --nonce 000102030405060708090a0b0c0d0e0f &&
	openssl enc -aes-128-cbc -K 000102030405060708090a0b0c0d0e0f -iv 000102030405060708090a0b0c0d0e0f \
	-in block | cmp - <(tail -c 80 sealed)"
decrypts aes.blob <(head -c 16 hmac.key)
expect 0 "" "a key on curve 25519" $migrated ed25519.blob --alias ed25519
sh_ok "it signs" "kmctl sign ed25519 --store st --in message --out sig &&
	kmctl android decrypt ed25519.blob | openssl pkey -pubout -out pub &&
	openssl pkeyutl -verify -pubin -inkey pub -rawin -in message -sigfile sig"
expect 0 "blob of format 3" "what was PK#8 is a blob like any other" kmctl show km0 --store st
for format in default ocb; do
	expect 0 "" "a key of this machine, format $format" kmctl generate --algorithm ec --curve p256 \
		--purpose sign --digest sha256 --no-auth --blob here.$format --format $format
	expect 5 "[INVALID_KEY_BLOB]" "is as worthless to this tool as to any other" \
		kmctl android decrypt here.$format
done

# --- who is to be asked -----------------------------------------------------------
expect 3 "user-secure-id: a user of the old device" "a key of a user of the old device" \
	$migrated sid.blob --alias sid
expect 5 "there is no key" "it is not here" kmctl show sid --store st
expect 0 "user-secure-id 77: left out, as --no-auth says" "for nobody" $migrated sid.blob --alias sid --no-auth
sh_ok "it signs" "kmctl sign sid --store st --in message --out sig"
expect 8 "run kmctl enroll" "for who is not enrolled" $migrated sid.blob --alias mine --auth password
kmctl unenroll --user root >/dev/null 2>&1
echo 'root secret' | kmctl enroll >/dev/null
expect 0 "user-secure-id 77: replaced, as --auth says" "for who is" $migrated sid.blob --alias mine --auth password
expect 0 "" "it opens with the password" given 'root secret\n' kmctl auth
sh_ok "and signs" "kmctl sign mine --store st --in message --out sig"
sh_ok "for as long as it did on Android" "kmctl show mine --store st | grep -qx '  auth-timeout             60'"
expect 0 "auth-timeout 60: replaced, as --auth-timeout says" "or for another time" \
	$migrated sid.blob --alias mine2 --auth password --auth-timeout 9
expect 0 "no-auth yes: replaced, as --auth says" "a key that asked for nobody" \
	$migrated km0.blob --alias mine3 --auth password --auth-timeout 60
says "all-users yes: left out: the key is of one user now"
expect 3 "neither no-auth nor a user-secure-id" "a key that nobody could use" $migrated nobody.blob --alias nobody
expect 0 "" "for nobody, it is usable" $migrated nobody.blob --alias nobody --no-auth
expect 2 "not both" "for nobody and somebody" $migrated sid.blob --alias x --no-auth --auth password
expect 2 "known: password" "by something else" $migrated sid.blob --alias x --auth eye
kmctl unenroll --user root

# --- what cannot be kept ------------------------------------------------------------
expect 3 "rollback-resistance: cannot be kept here" "what forbids something" $migrated rollback.blob --alias roll
expect 0 "rollback-resistance yes: left out, as --drop-unsupported says" "is left out when told to" \
	$migrated rollback.blob --alias roll --drop-unsupported
expect 3 "tag-0x30002711: cannot be kept here" "a tag of a vendor" $migrated vendor.blob --alias vendor
expect 0 "tag-0x30002711 5: left out" "likewise" $migrated vendor.blob --alias vendor --drop-unsupported
expect 3 "application-data: stands in no key" "a hidden tag in a set" $migrated broken.blob --alias broken --drop-unsupported
expect 3 "no private key of its algorithm" "a key of another algorithm" $migrated other_key.blob --alias other
expect 3 "is no key, but a certificate" "a certificate" $migrated user_0/10001_CACERT_a --alias cert
expect 3 "is no key, but a master key" "a master key" given '9999\n' $migrated user_0/.masterkey --alias cert
expect 3 "is no key, but data" "data" $migrated 'user_0/10001_USRPKEY_my+Pkey+_1' --alias cert
expect 2 "give --alias NAME" "no alias" $migrated ec.blob
expect 0 "imported" "a blob instead of an alias" kmctl --blob ec.here android migrate $app ec.blob
sh_ok "which works" "kmctl sign --blob ec.here $app --in message >/dev/null"

finish
