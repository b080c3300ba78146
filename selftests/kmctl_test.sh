#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl from outside, as root and as an ordinary user: the command lines of the manual,
# exit statuses and messages, formats checked by OpenSSL, and what must never come out.
# Prints TAP. Needs root and the module; loads it anew, for there is one root key a load.
set -u

. "$(dirname "$(readlink -f "$0")")/tap.sh"

user=65534
mkdir -m 700 data user
chown $user user

as_user() {
	setpriv --reuid $user --regid $user --clear-groups \
		env HOME="$work/user" XDG_DATA_HOME= "$@"
}

# --- without a module ---------------------------------------------------------
expect 6 "load the module" "a missing device is named" kmctl status --device /dev/none
expect 0 "" "list works without a module or a store" kmctl list --store "$work/none"
expect 2 "no command" "unknown commands are refused" kmctl frobnicate
expect 2 "Usage:" "no command is a usage error" kmctl
expect 0 "Commands:" "--help" kmctl --help
for command in init status generate import export list show delete encrypt decrypt sign verify; do
	expect 0 "Usage: kmctl $command" "$command --help succeeds" kmctl $command --help
	expect 2 "unrecognized" "$command refuses unknown options" kmctl $command --frobnicate
done
expect 2 "one argument too many" "superfluous arguments are refused" kmctl show a b
expect 2 "not both" "alias and --blob exclude each other" kmctl show a --blob b
expect 2 "name the key" "a key must be named" kmctl show

# --- root key -----------------------------------------------------------------
reload
expect 0 "run kmctl init" "status without a root key" kmctl status
expect 6 "run kmctl init" "no key without a root key" kmctl generate k --algorithm aes \
	--size 128 --purpose encrypt --mode ecb --no-auth
expect 2 "give one of" "init wants a source" kmctl init
expect 2 "give one of" "init wants one source" kmctl init --ephemeral --serial 5
expect 2 "not a serial" "init wants a number" kmctl init --serial x
expect 1 "needs root" "init is for root" as_user kmctl init --ephemeral
expect 1 "only root" "an ordinary user makes no root key file" \
	as_user kmctl init --file "$work/user/root.key"
ok "and none was made" test ! -e user/root.key
head -c 32 /dev/urandom >good; chmod 600 good
cp good wide; chmod 640 wide
cp good foreign; chmod 600 foreign; chown $user foreign
head -c 31 /dev/urandom >short; chmod 600 short
head -c 33 /dev/urandom >long; chmod 600 long
ln -s good link
mkfifo -m 600 fifo
expect 1 "lets others at it" "init refuses a file that a group can read" kmctl init --file wide
expect 1 "does not belong to root" "init refuses another's file" kmctl init --file foreign
expect 1 "has 31 bytes" "init refuses a short file" kmctl init --file short
expect 1 "has 33 bytes" "init refuses a long file" kmctl init --file long
expect 1 "symbolic link" "init refuses a link" kmctl init --file link
expect 1 "not a regular file" "init refuses a pipe" kmctl init --file fifo
expect 1 "No such file" "init makes no directories" kmctl init --file none/root.key
expect 0 "check value" "init makes the file" kmctl init --file root.key
ok "of 32 bytes" test "$(stat -c %s root.key)" = 32
ok "for root only" test "$(mode_of root.key)" = 600
expect 7 "loaded already" "a second init says so" kmctl init --file root.key
expect 7 "loaded already" "whatever its source" kmctl init --ephemeral
expect 7 "loaded already" "with a new file, too" kmctl init --file new.key
ok "and that is not made" test ! -e new.key
check=$(kmctl status --json | sed -n 's/.*"check":"\(.*\)".*/\1/p')
kmctl generate early --algorithm hmac --size 256 --digest sha256 --purpose sign,verify --no-auth
kmctl sign early <root.key >early.mac
reload
expect 0 "$check" "the same file gives the same root key" kmctl init --file root.key
sh_ok "and its keys work on" 'kmctl sign early <root.key | cmp - early.mac'
reload
kmctl init --file good >/dev/null
expect 5 "INVALID_KEY_BLOB" "under another root key a blob does not open" kmctl show early
kmctl delete early
reload
expect 0 "check value" "init from a kernel key" keyctl session - sh -c \
	'kmctl init --serial "$(keyctl padd user km-root @s <good)"'
expect 0 "keyring" "status tells the source" kmctl status
reload
expect 1 "kernel key" "init from a key that is not there" kmctl init --serial 1999999999
kmctl init --ephemeral >/dev/null
expect 0 '"source":"ephemeral"' "status --json" kmctl status --json
sh_ok "status --json is JSON" '$plain_python -m json.tool < <(kmctl status --json)'

# --- the lines that the manual promises, for root and for a user ----------------
head -c 300001 /dev/urandom >plain
cp plain file
promised() {
	local run=$1 as=$2
	sh_ok "$as: generate aes" "$run kmctl generate doc --algorithm aes --size 256 \
		--purpose encrypt,decrypt --mode gcm --no-auth"
	sh_ok "$as: encrypt" "$run kmctl encrypt doc <plain >sealed.$as"
	sh_ok "$as: decrypt" "$run kmctl decrypt doc <sealed.$as | cmp - plain"
	sh_ok "$as: generate ec" "$run kmctl generate sig --algorithm ec --curve p256 \
		--purpose sign,verify --digest sha256 --no-auth"
	sh_ok "$as: sign" "$run kmctl sign sig <file >file.sig"
	sh_ok "$as: verify" "$run kmctl verify sig --signature file.sig <file | grep -qx 'signature OK'"
	sh_ok "$as: export" "$run kmctl export sig --pem >sig.pem"
	sh_ok "$as: OpenSSL takes key and signature" \
		"openssl dgst -sha256 -verify sig.pem -signature file.sig file"
	sh_ok "$as: show --json" "$run kmctl show sig --json | $plain_python -c '
import json, sys
k = json.load(sys.stdin)
e = k[\"enforced\"]
assert k[\"alias\"] == \"sig\" and k[\"blob\"][\"format\"] == 3
assert e[\"algorithm\"] == \"ec\" and e[\"size\"] == 256 and e[\"no-auth\"] is True
assert e[\"purpose\"] == [\"sign\", \"verify\"] and e[\"digest\"] == [\"sha256\"]
assert len(e[\"key-id\"]) == 32 and \"creation\" in k[\"unenforced\"]'"
	sh_ok "$as: list" "$run kmctl list | grep -q '^sig  *ec  *256  *sign, verify$'"
	sh_ok "$as: list --json" "$run kmctl list --json | $plain_python -c '
import json, sys
k = {i[\"alias\"]: i for i in json.load(sys.stdin)}
assert k[\"doc\"][\"purpose\"] == [\"encrypt\", \"decrypt\"] and k[\"doc\"][\"size\"] == 256'"
	sh_ok "$as: delete" "$run kmctl delete sig"
	sh_ok "$as: and it is gone" "! $run kmctl list | grep -qE '^sig( |$)'"
}
promised "" root
promised "setpriv --reuid $user --regid $user --clear-groups env HOME=$work/user XDG_DATA_HOME=" user
ok "a user's store is in the home directory" test -f user/.local/share/keymaster/doc.blob
ok "private" test "$(mode_of user/.local/share/keymaster)" = 700
ok "and so are the blobs" test "$(mode_of user/.local/share/keymaster/doc.blob)" = 600
ok "root's is in /var/lib" test -f /var/lib/keymaster/doc.blob
cp user/.local/share/keymaster/doc.blob stolen.blob
expect 5 "INVALID_KEY_BLOB" "another user's blob does not open" kmctl show --blob stolen.blob
cp user/.local/share/keymaster/doc.blob bent.blob; flip bent.blob 40; chmod 644 bent.blob
expect 5 "INVALID_KEY_BLOB" "nor does a damaged one" as_user kmctl show --blob "$work/bent.blob"
expect 0 "" "shareable keys serve every user" kmctl generate --blob shared.blob --algorithm hmac \
	--size 256 --digest sha256 --purpose sign --no-auth --shareable
chmod 644 shared.blob
sh_ok "shareable: the same MAC" "setpriv --reuid $user --regid $user --clear-groups \
	kmctl sign --blob shared.blob <file | cmp - <(kmctl sign --blob shared.blob <file)"

# --- --blob wherever an alias could stand ---------------------------------------
expect 0 "" "--blob before the command" kmctl --blob b.blob generate --algorithm aes --size 128 \
	--purpose encrypt,decrypt --mode cbc,ctr,ecb --no-auth --caller-nonce \
	--padding none,pkcs7 --format ocb
ok "a blob file is private" test "$(mode_of b.blob)" = 600
expect 7 "exists already" "--blob does not overwrite" kmctl generate --blob b.blob \
	--algorithm aes --size 128 --purpose encrypt --mode ecb --no-auth
expect 0 "format 0" "--format ocb" kmctl show --blob b.blob
expect 5 "No such file" "--blob of nothing" kmctl show --blob none.blob
: >empty.blob
expect 5 "empty" "--blob of an empty file" kmctl show --blob empty.blob
head -c 70000 /dev/zero >big.blob
expect 5 "too long" "--blob of a long file" kmctl show --blob big.blob

# --- formats, against OpenSSL ---------------------------------------------------
key=000102030405060708090a0b0c0d0e0f
printf '%b' "$(echo $key | sed 's/../\\x&/g')" >key.bin
sh_ok "import aes" "kmctl import --blob i.blob --algorithm aes --purpose encrypt,decrypt \
	--mode cbc,ctr,ecb,gcm --padding none,pkcs7 --no-auth --caller-nonce <key.bin"
expect 0 "imported" "the origin is told" kmctl show --blob i.blob
expect 2 "choose with --mode" "several modes: the user must choose" kmctl encrypt --blob i.blob
expect 2 "choose with --padding" "several paddings: the user must choose" \
	kmctl encrypt --blob i.blob --mode cbc
sh_ok "cbc: OpenSSL reads it" "kmctl --blob i.blob encrypt --mode cbc --padding pkcs7 --in file \
	--out c && tail -c +17 c | openssl enc -d -aes-128-cbc -K $key \
	-iv \$(head -c 16 c | od -An -tx1 | tr -d ' \n') | cmp - file"
sh_ok "cbc: back" "kmctl decrypt --blob i.blob --mode cbc --padding pkcs7 <c | cmp - file"
sh_ok "ctr: OpenSSL reads it" "kmctl --blob i.blob encrypt --mode ctr <file >c && tail -c +17 c |
	openssl enc -d -aes-128-ctr -K $key -iv \$(head -c 16 c | od -An -tx1 | tr -d ' \n') |
	cmp - file"
sh_ok "ctr: back" "cat c | kmctl decrypt --blob i.blob --mode ctr | cmp - file"
sh_ok "ecb: OpenSSL reads it" "kmctl --blob i.blob encrypt --mode ecb --padding pkcs7 <file |
	openssl enc -d -aes-128-ecb -K $key | cmp - file"
nonce=0f0e0d0c0b0a090807060504
sh_ok "gcm: a second implementation reads it" "kmctl --blob i.blob encrypt --mode gcm \
	--nonce $nonce --aad 'bound to this' <file >g && /usr/bin/python3 -c '
import sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
g = open(\"g\", \"rb\").read()
assert g[:12].hex() == \"$nonce\"
p = AESGCM(bytes.fromhex(\"$key\")).decrypt(g[:12], g[12:], b\"bound to this\")
assert p == open(\"file\", \"rb\").read()'"
sh_ok "gcm: back, with its aad" "kmctl --blob i.blob decrypt --mode gcm --aad 'bound to this' <g |
	cmp - file"
head -c 100000 /dev/urandom >aad
sh_ok "gcm: long aad from a file" "kmctl encrypt --blob i.blob --mode gcm --aad file:aad <file >g2 &&
	kmctl decrypt --blob i.blob --mode gcm --aad file:aad <g2 | cmp - file"
expect 4 "VERIFICATION_FAILED" "gcm: without its aad it is refused" \
	kmctl decrypt --blob i.blob --mode gcm --in g
sh_ok "gcm: a shorter tag" "kmctl generate short --algorithm aes --size 128 --mode gcm \
	--purpose encrypt,decrypt --min-mac-length 96 --no-auth &&
	kmctl encrypt short --mac-length 96 <file >s && test \$(stat -c %s s) = \$((300001 + 24)) &&
	kmctl decrypt short --mac-length 96 <s | cmp - file"
sh_ok "hmac: OpenSSL agrees" "kmctl import mac --algorithm hmac --digest sha256 --no-auth \
	--purpose sign,verify --in key.bin && kmctl sign mac <file | cmp - \
	<(openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary file)"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem 2>/dev/null
openssl ec -in ec.pem -out sec1.pem 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in ec.pem -outform DER -out ec.der
openssl pkey -in ec.pem -aes128 -passout pass:x -out locked.pem
for form in ec.pem sec1.pem ec.der; do
	sh_ok "import ec from $form" "kmctl import $form --algorithm ec --purpose sign \
		--digest sha256 --no-auth --in $form && kmctl export $form |
		cmp - <(openssl pkey -in ec.pem -pubout)"
done
sh_ok "export --der" "kmctl export ec.pem --der | cmp - <(openssl pkey -in ec.pem -pubout -outform DER)"
expect 1 "encrypted" "import of an encrypted PEM" kmctl import x --algorithm ec --purpose sign \
	--digest sha256 --no-auth --in locked.pem
expect 1 "no private key" "import of another PEM" kmctl import x --algorithm ec --purpose sign \
	--digest sha256 --no-auth --in sig.pem
expect 3 "IMPORT_PARAMETER_MISMATCH" "import of another size than told" kmctl import x \
	--algorithm aes --purpose encrypt --mode ecb --no-auth --in good --size 128

# --- refusals name the authorization --------------------------------------------
expect 3 "does not allow purpose sign (it allows: encrypt, decrypt)" "purpose" \
	kmctl sign doc --in file
expect 3 "does not allow mode cbc (it allows: gcm)" "mode" kmctl encrypt doc --mode cbc --in file
expect 3 "does not allow padding pkcs7 (it allows: none)" "padding" \
	kmctl encrypt doc --padding pkcs7 --in file
kmctl generate sig --algorithm ec --curve p256 --purpose sign --digest sha256 --no-auth
expect 3 "does not allow digest sha1 (it allows: sha256)" "digest" kmctl sign sig --digest sha1 --in file
expect 3 "lacks caller-nonce" "nonce" kmctl encrypt doc --nonce $nonce --in file
expect 3 "mac-length 96 is below the key's min-mac-length 128" "mac-length" \
	kmctl encrypt doc --mac-length 96 --in file
kmctl generate old --algorithm aes --size 128 --mode gcm --purpose encrypt,decrypt --no-auth \
	--origination-expire 2020-02-03T04:05:06Z
expect 3 "expired on 2020-02-03T04:05:06Z (origination-expire)" "expired" kmctl encrypt old --in file
kmctl generate future --algorithm aes --size 128 --mode gcm --purpose encrypt --no-auth \
	--active 2090-01-01
expect 3 "not valid before 2090-01-01T00:00:00Z (active)" "not yet" kmctl encrypt future --in file
expect 3 "no public half" "a secret key has nothing to export" kmctl export doc
expect 3 "needs no-auth or a user-secure-id" "a key that nobody could use is not made" \
	kmctl generate x --algorithm aes --size 128 --purpose encrypt --mode ecb
expect 3 "UNSUPPORTED_KEY_SIZE" "a size that is none" kmctl generate x --algorithm aes --size 100 \
	--purpose encrypt --mode ecb --no-auth
kmctl generate app --algorithm hmac --size 256 --digest sha256 --purpose sign --no-auth \
	--application-id text:me --application-data hex:00ff
expect 5 "application" "a key of an application does not open without its id" kmctl show app
expect 0 "hmac" "but with it" kmctl show app --application-id me --application-data hex:00ff
sh_ok "and signs" "kmctl sign app --application-id me --application-data hex:00ff <file >/dev/null"

# --- wrong command lines ----------------------------------------------------------
gen() { kmctl generate bad --purpose encrypt --mode ecb --no-auth "$@"; }
expect 2 "known: aes, ec" "a wrong name shows the known ones" gen --algorithm AES
expect 2 "too large" "a large number" gen --algorithm aes --size 4294967296
expect 2 "is not a valid value" "a bad date" gen --algorithm aes --size 128 --active 2030-02-30
expect 2 "given twice" "twice the same" gen --algorithm aes --algorithm aes
expect 2 "known: default, ocb" "a wrong format" gen --algorithm aes --size 128 --format x
expect 1 "No such file" "a file: that is not there" gen --algorithm aes --application-id file:none
expect 7 "exists already" "an alias is not overwritten" kmctl generate doc --algorithm aes \
	--size 128 --purpose encrypt --mode ecb --no-auth
expect 0 "" "but with --force" kmctl generate doc --algorithm aes --size 256 \
	--purpose encrypt,decrypt --mode gcm --no-auth --force
expect 5 "there is no key 'nobody'" "an unknown alias" kmctl show nobody
expect 5 "there is no key" "delete of an unknown alias" kmctl delete nobody
expect 2 "too long" "an alias that no file name holds" kmctl show "$(printf 'a%.0s' {1..300})"
expect 2 "must not be empty" "an empty alias" kmctl show ""
expect 1 "No such file" "an input that is not there" kmctl encrypt doc --in none
expect 1 "Is a directory" "an input that is a directory" kmctl encrypt doc --in /tmp
expect 1 "No such file" "an output in no directory" kmctl encrypt doc --in file --out none/out
expect 1 "No space left" "a full output" kmctl encrypt doc --in file --out /dev/full
expect 2 "give --signature" "verify without a signature" kmctl verify sig
expect 2 "cannot both" "verify with both on standard input" kmctl verify sig --signature -
expect 2 "not both" "export both ways" kmctl export sig --pem --der

# --- the store ----------------------------------------------------------------------
strange=$'../a b/\xff\n\e[1m'
ok "strange aliases are kept" kmctl generate "$strange" --algorithm hmac --size 256 \
	--digest sha256 --purpose sign --no-auth --store st
ok "inside the store" test "$(find st -type f | wc -l)" = 1
expect 0 '../a b/\xff\x0a\x1b[1m' "and shown without harm" kmctl list --store st
sh_ok "in JSON, too" "kmctl list --store st --json | $plain_python -m json.tool"
ok "and found again" kmctl show "$strange" --store st
chmod 770 st
expect 1 "others may write" "a store that others write to is refused" kmctl list --store st
chmod 700 st; chown $user st
expect 1 "not yours" "and another's" kmctl list --store st

# --- nothing unverified comes out ----------------------------------------------------
head -c 3000000 /dev/urandom >large
kmctl encrypt doc --in large --out sealed
ok "a sealed file has nonce and tag" test "$(stat -c %s sealed)" = $((3000000 + 28))
cp sealed bent; flip bent 100
for how in file onward pipe out; do
	rm -f released; : >released
	case $how in
	file) kmctl decrypt doc <bent >released 2>err ;;
	onward) kmctl decrypt doc <bent 2>err | cat >released; (exit "${PIPESTATUS[0]}") ;;
	pipe) cat bent | kmctl decrypt doc 2>err | cat >released; (exit "${PIPESTATUS[1]}") ;;
	out) rm released; kmctl decrypt doc --in bent --out released 2>err ;;
	esac
	status=$?
	ok "a flipped byte is refused ($how)" test $status = 4
	ok "and nothing is released ($how)" test ! -s released
done
cp sealed bent; flip bent 3000020
kmctl decrypt doc <bent >released 2>err
ok "a flipped byte of the tag: nothing is released" test $? = 4 -a ! -s released
head -c 20 sealed >stub
expect 4 "" "a stub is refused" bash -c 'kmctl decrypt doc --in stub 2>/dev/null'
head -c 2999999 sealed >stub
expect 4 "VERIFICATION_FAILED" "a cut file is refused" kmctl decrypt doc --in stub --out released2
ok "and makes no file" test ! -e released2
echo kept >appended
kmctl decrypt doc <bent >>appended 2>err
ok "what was in the output before stays" test "$(cat appended)" = kept
sh_ok "decryption by --out" "kmctl decrypt doc --in sealed --out opened && cmp opened large"
ok "plaintext is private" test "$(mode_of opened)" = 600
ok "nothing temporary is left" test -z "$(find . -maxdepth 1 -name '.*.tmp-*')"

# The file changes between the two readings: the first is over when the first byte comes
# out, and the second then waits for a reader of the pipe.
head -c 8000000 /dev/zero >zeros
kmctl encrypt doc --in zeros --out race
mkfifo pipe
kmctl decrypt doc --in race >pipe 2>race.err &
pid=$!
exec 3<pipe
head -c 1 <&3 >raced
flip race 7000000
cat <&3 >>raced
exec 3<&-
wait $pid
ok "a file changed between the readings is noticed" test $? = 4
ok "and said so" grep -q "changed while" race.err
ok "what came out before was verified" cmp -n "$(stat -c %s raced)" raced zeros
ok "and ends before the change" test "$(stat -c %s raced)" -lt 7000000

# A writer that is stopped leaves the old file, whole.
for signal in TERM HUP KILL; do
	echo old >target
	rm -f pipe; mkfifo pipe
	kmctl encrypt doc --in pipe --out target &
	pid=$!
	exec 3>pipe
	head -c 2000000 /dev/zero >&3
	for _ in {1..200}; do
		written=$(find . -name '.target.tmp-*' -size +100k)
		[ -z "$written" ] || break
		sleep 0.1
	done
	ok "$signal: the output is being written" test -n "$written"
	kill -$signal $pid
	wait $pid 2>/dev/null
	exec 3>&-
	ok "$signal: an interrupted --out leaves the old file" test "$(cat target)" = old
	[ $signal = KILL ] ||
		ok "$signal: and nothing beside it" test -z "$(find . -name '.target.tmp-*')"
done
rm -f .target.tmp-*

head -c 15000000 /dev/zero >m
sh_ok "memory does not grow with the stream" "(ulimit -v 12000
	kmctl encrypt doc --in m --out m.s && kmctl decrypt doc --in m.s --out m.o) && cmp m m.o"
rm -f m m.s m.o
# To decrypt so much takes an emulated processor a quarter of a minute.
[ -z "${KM_WHOLE-}" ] || expect 1 "use --in" "too much for memory is refused, not released" \
	bash -c 'head -c 270000000 /dev/zero | kmctl decrypt doc'

# --- verify ------------------------------------------------------------------------
kmctl generate v --algorithm ec --curve p256 --purpose sign,verify --digest sha256,sha512 --no-auth
expect 2 "choose with --digest" "several digests: the user must choose" kmctl sign v --in file
kmctl sign v --digest sha512 <file >v.sig
expect 0 "signature OK" "a good signature" \
	kmctl verify v --digest sha512 --signature v.sig --in file
expect 4 "signature BAD" "another file" kmctl verify v --digest sha512 --signature v.sig --in aad
expect 4 "signature BAD" "another digest" kmctl verify v --digest sha256 --signature v.sig --in file
expect 4 "signature BAD" "another signature" \
	kmctl verify v --digest sha512 --signature good --in file
expect 4 "signature BAD" "an empty signature" \
	kmctl verify v --digest sha512 --signature empty.blob --in file
expect 4 "signature BAD" "a long signature" \
	kmctl verify v --digest sha512 --signature big.blob --in file
expect 1 "No such file" "no signature" kmctl verify v --digest sha512 --signature none --in file
kmctl sign mac <file >mac.out
expect 0 "signature OK" "a good MAC" kmctl verify mac --signature mac.out --in file
head -c 5 mac.out >mac.short
expect 4 "signature BAD" "a short MAC" kmctl verify mac --signature mac.short --in file
flip mac.out 31
expect 4 "signature BAD" "a bent MAC" kmctl verify mac --signature mac.out --in file
sh_ok "the signature can come from standard input" \
	"kmctl verify v --digest sha512 --signature - --in file <v.sig"

finish
