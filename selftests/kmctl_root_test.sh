#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl root: the root key gets a successor, wherever that is cut short, and the one before is
# forgotten. Prints TAP. Needs root and the module; loads it anew. What the TPM seals is for
# vm/tpm_test.sh.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

hmac="--algorithm hmac --size 256 --digest sha256 --purpose sign --no-auth"
echo message >file
head -c 32 /dev/urandom >root.key; chmod 600 root.key; cp -p root.key first.key

# A user with a home, as the test's machine may have none.
useradd --no-create-home --home-dir "$work/home" kmuser >/dev/null 2>&1 || id kmuser >/dev/null || exit 1
trap 'userdel kmuser; umount /var/lib/keymaster; rm -rf "$work"' EXIT
mkdir home; chown kmuser: home; chmod 711 .
as_kmuser() { env HOME="$work/home" XDG_DATA_HOME= setpriv --reuid kmuser --regid kmuser \
	--init-groups "$@"; }
unset XDG_DATA_HOME # root's store is the machine's, as kmctl root means it

restart() { # as the next boot does; the program that keeps the state may still run
	while pgrep -x kmctl >/dev/null; do sleep 0.1; done
	reload
	kmctl init --file root.key --state state
}
check_of() { kmctl status --json | $plain_python -c '
import json, sys
print(json.load(sys.stdin)["root-key"]["check"])'; }
works() { kmctl sign "$@" --in file --out /dev/null; }

# --- what is refused ------------------------------------------------------------------
reload
expect 2 "give rotate|forget" "a word is wanted" kmctl root
expect 2 "there is no 'turn'" "one of the two" kmctl root turn --file root.key
expect 2 "give one of --tpm, --file, --serial" "and a source" kmctl root rotate
expect 2 "give one of" "only one" kmctl root rotate --tpm --file root.key
expect 2 "want --tpm" "PCRs are the TPM's" kmctl root rotate --file root.key --pcrs 7
expect 1 "needs root" "for root" setpriv --reuid 65534 --regid 65534 --clear-groups \
	kmctl root rotate --file root.key
expect 6 "kmctl init" "not without a root key" kmctl root rotate --file root.key
ok "which leaves the file as it was" cmp root.key first.key
ok "and nothing beside it" test ! -e root.key.new -a ! -e root.key.previous

# --- a rotation -------------------------------------------------------------------------
restart >/dev/null
old=$(check_of)
expect 1 "no root key before" "nothing to forget" kmctl root forget --file root.key
sh_ok "keys of root" "kmctl generate one $hmac && kmctl generate two $hmac --usage-count 1000"
expect 0 "" "one that is an application's" kmctl generate app $hmac --application-id me
expect 0 "" "a user's" as_kmuser kmctl generate mine $hmac
cp -p /var/lib/keymaster/one.blob backup
expect 0 "keys wrapped anew: 3" "rotate" kmctl root rotate --file root.key
cp out said
ok "it tells of the one that waits" grep -q "application id: 1" said
ok "the key is another" bash -c "! cmp -s root.key first.key"
ok "its file is root's alone" test "$(mode_of root.key)" = 600
ok "nothing is left over" test ! -e root.key.new
ok "the check value is another" test "$(check_of)" != "$old"
expect 0 "rotation    the root key before is kept" "status" kmctl status
for key in one two; do expect 0 "" "$key works" works $key; done
expect 0 "" "the application's as well" works app --application-id me
expect 0 "" "and the user's" as_kmuser kmctl sign mine --in file --out "$work/home/out"
ok "wrapped anew before it was used" bash -c "! cmp -s backup /var/lib/keymaster/one.blob"
expect 7 "kmctl root forget" "not twice" kmctl root rotate --file root.key
new=$(check_of)

# --- the next boot ----------------------------------------------------------------------
expect 0 "check value $new" "the new root key is loaded" restart
for key in one; do expect 0 "" "$key works" works $key; done
cp -p /var/lib/keymaster/one.blob keep
cp -p backup /var/lib/keymaster/one.blob
expect 0 "" "a backup is upgraded when it is used" works one
ok "and so is its file" bash -c "! cmp -s backup /var/lib/keymaster/one.blob"
head -c 252 root.key.previous >short; cp -p root.key.previous whole
for bent in short longer flipped; do
	cp -p whole root.key.previous
	case $bent in
	short) truncate -s 252 root.key.previous ;;
	longer) echo >>root.key.previous ;;
	flipped) printf '\1' | dd of=root.key.previous bs=1 seek=100 conv=notrunc 2>/dev/null ;;
	esac
	reload
	expect 4 "damaged" "a record that is $bent" kmctl init --file root.key --no-state
	expect 0 "root key    none" "loads nothing" kmctl status
done
cp -p whole root.key.previous
expect 0 "check value $new" "as it was it is right" restart

# --- the end of it ----------------------------------------------------------------------
expect 0 "" "forget" kmctl root forget --file root.key
ok "the record is gone" test ! -e root.key.previous
sh_ok "and the kernel knows of none" "! kmctl status | grep -q rotation"
expect 0 "" "keys work" works one
cp -p backup old.blob
expect 5 "INVALID_KEY_BLOB" "a backup does not any more" kmctl show --blob old.blob
expect 1 "" "once is enough" bash -c 'kmctl root forget --file root.key 2>&1'
restart >/dev/null
expect 0 "" "after the next boot too" works one
cp -p first.key wrong.key; cp -p root.key.check wrong.key.check; reload
expect 3 "not the root key that" "the old root key is a wrong one now" \
	kmctl init --file wrong.key --no-state

# --- cut short ---------------------------------------------------------------------------
# kmctl is killed at each system call that changes something, one after the other, until it
# comes to its end; after each time the next boot has all keys. Without KM_WHOLE at one of three,
# others in each run.
step=3 least=8
[ -z "${KM_WHOLE-}" ] || step=1 least=21
restart >/dev/null
kmctl generate three $hmac
cut() { # CALL NUMBER
	strace -qq -f -o trace -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" \
		kmctl root rotate --file root.key >out 2>err
}
cuts=0 lost=0
for call in write fsync linkat renameat rename unlink ioctl; do
	n=$((1 - step + RANDOM % step))
	while :; do
		n=$((n + step))
		if cut $call $n; then break; fi
		[ "$n" -lt 60 ] || { lost=$((lost + 1)); break; }
		cuts=$((cuts + 1))
		restart >out 2>err || { lost=$((lost + 1)); echo "# $call $n: no root key"; break; }
		for key in one two three; do
			works $key 2>err || { lost=$((lost + 1)); echo "# $call $n: $key"; sed 's/^/# /' err; }
		done
		as_kmuser kmctl sign mine --in file --out "$work/home/out" 2>err ||
			{ lost=$((lost + 1)); echo "# $call $n: the user's"; }
		[ ! -e root.key.previous ] || kmctl root forget --file root.key 2>/dev/null
	done
	kmctl root forget --file root.key 2>/dev/null
done
echo "# cut short $cuts times"
ok "no key is lost, wherever it is cut short" test "$lost" = 0 -a "$cuts" -ge $least

# --- a kernel key -------------------------------------------------------------------------
reload
first=$(head -c 32 /dev/urandom | keyctl padd user first @u)
second=$(head -c 32 /dev/urandom | keyctl padd user second @u)
rm -f /var/lib/keymaster/*
expect 0 "root key loaded" "of the keyring" kmctl init --serial "$first" --no-state
expect 0 "" "a key" kmctl generate ring $hmac
expect 0 "keys wrapped anew: 1" "rotate" kmctl root rotate --serial "$second"
expect 0 "" "the key works" works ring
reload
expect 0 "root key loaded" "the next boot has the other one" kmctl init --serial "$second" --no-state
expect 0 "" "the key works there" works ring
expect 0 "" "forget" kmctl root forget --serial "$second"
finish
