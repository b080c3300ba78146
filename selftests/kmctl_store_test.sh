#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: -c 2
# kmctl and its store: check and repair, export and import, what is synced before it is
# reported, and several programs at once, some of them killed. Prints TAP. Needs root and
# the module; loads it anew.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

head -c 5000 /dev/urandom >file
head -c 32 /dev/urandom >root.key; chmod 600 root.key
store=/var/lib/keymaster
aes="--algorithm aes --size 128 --mode gcm --purpose encrypt,decrypt --no-auth"
hmac="--algorithm hmac --size 256 --digest sha256 --purpose sign --no-auth"
# A module under a root key, of a system of that month.
boot() { # FILE MONTH
	reload
	kmctl configure --os-version 6.1 --os-patchlevel "2026-$2-01"
	kmctl init --file "$1" --no-state >/dev/null
}

# --- check ----------------------------------------------------------------------------
boot root.key 01
expect 0 "Usage: kmctl store check|export DIR|import DIR" "help" kmctl store --help
expect 2 "give check" "store of nothing" kmctl store
expect 2 "there is no 'chekc'" "an unknown word" kmctl store chekc
expect 2 "one argument too many" "check takes no directory" kmctl store check here
expect 2 "give the backup's directory" "export wants one" kmctl store export
expect 0 "keys 0, faults 0" "check of no store" kmctl store check --store none
for key in one two three; do kmctl generate $key $aes; done
kmctl generate app $aes --application-id me
kmctl generate ocb $aes --format ocb
expect 4 "app.blob: does not open" "a key that lacks its application id" kmctl store check
expect 0 "keys 5, faults 0" "check of a whole store" kmctl store check --application-id me
kmctl delete app
: >$store/empty.blob
head -c 50 $store/one.blob >$store/cut.blob
cp $store/one.blob $store/flipped.blob
flip $store/flipped.blob 30
ln -s one.blob $store/link.blob
ln $store/two.blob $store/hard.blob
cp $store/three.blob $store/others.blob
chown 12345 $store/others.blob
chmod 644 $store/three.blob
chmod 600 $store/*ed.blob $store/cut.blob $store/empty.blob
touch $store/notes
sh -c 'echo $$' >dead; printf -v stale '.tmp-%x-1' "$(cat dead)"
cp $store/one.blob "$store/$stale"
ls -A $store >before
expect 4 "keys 10, faults 10" "check counts the faults" kmctl store check
for said in "empty.blob: empty" "cut.blob: not a key blob" "flipped.blob: does not open" \
	"link.blob: not a regular file" "hard.blob: has another name" "two.blob: has another name" \
	"others.blob: belongs to another user" "three.blob: its mode is not 0600" \
	"notes: not the name of a key's file" "$stale: left over"; do
	ok "it finds $said" sh -c "kmctl store check | grep -qF \"$said\""
done
ls -A $store >after
ok "and changes nothing" cmp before after
expect 4 "keys 7, faults 10, mended 5" "repair" kmctl store check --repair
sh_ok "what is no blob is put aside" \
	"test -s $store/.broken/cut.blob -a -L $store/.broken/link.blob -a ! -e $store/cut.blob"
sh_ok "blobs stay, with the mode they should have" "test -e $store/flipped.blob &&
	test -e $store/others.blob && test \$(stat -c %a $store/three.blob) = 600"
sh_ok "left-over files are gone" "test ! -e '$store/$stale'"
rm $store/hard.blob $store/notes $store/flipped.blob $store/others.blob
expect 0 "keys 4, faults 0" "nothing is left to be found" kmctl store check
boot root.key 02
expect 0 "one.blob: of an older system" "keys that are to be upgraded are no fault" kmctl store check
sh_ok "and are not upgraded by it" "kmctl store check | grep -q 'three.blob: of an older'"
kmctl upgrade one >/dev/null
boot root.key 01
expect 4 "one.blob: of a newer system" "a key of a newer system" kmctl store check
reload
expect 0 "only the files are looked at" "check without a root key" kmctl store check
kmctl init --ephemeral >/dev/null
expect 4 "three.blob: does not open" "under another root key" kmctl store check

# --- export and import ----------------------------------------------------------------
expect 0 "exported 4" "export under the root key of today" kmctl store export wrong
boot root.key 03
kmctl encrypt two <file >two.sealed
kmctl encrypt three <file >three.sealed
expect 0 "exported 4" "export" kmctl store export backup
ok "the backup is private" test "$(stat -c %a backup backup/MANIFEST | xargs)" = "700 600"
expect 7 "there and not empty" "export does not write over a backup" kmctl store export backup
expect 0 "imported 4, there already 0" "import into a new store" kmctl store import backup --store new
sh_ok "a key of it works" "kmctl decrypt two --store new <two.sealed | cmp - file"
ok "which is private" test "$(stat -c %a new new/two.blob | xargs)" = "700 600"
expect 0 "imported 0, there already 4" "again" kmctl store import backup --store new
kmctl generate two $aes --store new --force
rm new/three.blob
expect 7 "two: exists already" "another key is in the way" kmctl store import backup --store new
ok "then nothing is imported" test ! -e new/three.blob
expect 0 "imported 2, there already 2" "import --replace" kmctl store import backup --store new \
	--replace
sh_ok "the key of the backup is back" "kmctl decrypt two --store new <two.sealed | cmp - file"
cp -r backup cut; rm cut/MANIFEST
expect 4 "it has no manifest" "a backup that was cut short" kmctl store import cut --store cut.new
cp -r backup bad; flip bad/three.blob 40
expect 4 "three: damaged" "a damaged one" kmctl store import bad --store bad.new
ok "of which nothing is taken" test -z "$(ls bad.new)"
expect 5 "of another root key" "one of another root key" kmctl store import wrong --store w.new
expect 0 "imported 4" "unless it is asked for" kmctl store import wrong --store w.new --force
expect 1 "No such file" "none at all" kmctl store import nowhere --store w.new
chmod 777 cut
expect 1 "others may write to it" "one that others may write to" kmctl store import cut
sh_ok "a backup is a store as well" "kmctl list --store backup | grep -q three &&
	kmctl store check --store backup | grep -qx 'keys 4, faults 0'"
sh_ok "no secret is in it" "kmctl import known --algorithm aes --mode ecb --purpose encrypt \
	--no-auth --in root.key && kmctl store export b2 && cat b2/* >all &&
	! python3 -c 'import sys; sys.exit(open(\"root.key\", \"rb\").read()[:16] not in open(\"all\", \"rb\").read())'"
reload
expect 6 "no root key" "export without a root key" kmctl store export b3
expect 0 "exported 5" "when it need not be told" kmctl store export b3 --force
boot root.key 03
expect 5 "of another root key" "nobody knows then whose it is" kmctl store import b3 --store n3

# --- in which order -------------------------------------------------------------------
# What a command does to files and keys, without what is at the ioctls' side.
steps() { # FILE
	sed -nE -e 's/^[0-9]* *fsync.*/sync/p' -e 's/^[0-9]* *mkdir\(.* = 0$/mkdir/p' \
		-e 's/^[0-9]* *(link|rename|unlink)at(2)?\(.* = 0$/\1/p' \
		-e 's/^[0-9]* *ioctl\([0-9]*, .*0x(16|11)[,)].*/ioctl \1/p' \
		-e 's/^[0-9]* *ioctl\([0-9]*, _IOC\([^)]*, 0x(16|11), 0\).*/ioctl \1/p' "$1" | xargs
}
order() { # WANT NAME COMMAND...
	local want=$1 name=$2
	shift 2
	strace -f -o trace -e trace=mkdir,fsync,linkat,renameat,renameat2,unlinkat,ioctl "$@" >out 2>err
	steps trace >got
	ok "$name" test "$(cat got)" = "$want"
}
order "mkdir sync mkdir sync sync link unlink sync" "a store, and a key in it, are on the disk" \
	kmctl generate k $hmac --store deep/er
order "sync rename sync" "a key in the place of another" kmctl generate k $hmac --store deep/er --force
order "ioctl 16 unlink sync" "delete: the kernel, the file, the directory" \
	kmctl delete k --store deep/er
boot root.key 04
order "ioctl 11 sync rename sync" "an upgrade, of a key that has no slot" kmctl show two

# --- deletion ---------------------------------------------------------------------------
kmctl generate counted $hmac --usage-count 5
cp $store/counted.blob counted.copy
kmctl sign counted <file >/dev/null
expect 0 "" "the kernel is told, and no more: as when it is cut short there" \
	kmctl delete --blob counted.copy
expect 5 "INVALID_KEY_BLOB" "the key is dead" kmctl sign counted --in file
sh_ok "but listed" "kmctl list | grep -q counted"
expect 0 "" "and can be deleted again" kmctl delete counted
expect 5 "there is no key" "once" kmctl delete counted

# --- several at once ------------------------------------------------------------------
work_on() { # N: keys of its own: new, replaced, deleted, new; then used
	for round in 1 2 3; do
		kmctl generate own$1 $hmac && kmctl generate own$1 $hmac --force &&
			kmctl delete own$1 && kmctl generate own$1.$round $hmac &&
			kmctl list | grep -q "own$1\.$round" &&
			kmctl sign own$1.$round --in file --out mac.$1 || return
	done
}
all() { # NAME COMMAND... N: runs it four times at once; all must succeed
	local name=$1 pids=() bad=0 n
	shift
	for n in 1 2 3 4; do
		"$@" "$n" >out.$n 2>&1 &
		pids+=($!)
	done
	for n in 0 1 2 3; do wait "${pids[n]}" || bad=1; done
	cat out.[1-4] >out
	report $bad "$name"
}
all "four programs make, replace, delete and use keys" work_on
sh_ok "all of their keys are there" "test \$(ls $store/own*.blob | wc -l) = 12"
expect 0 "faults 0" "and whole" kmctl store check

one_key() { kmctl generate same$round $hmac; echo $? >status.$1; }
for round in 1 2 3 4 5; do
	for n in 1 2 3 4; do one_key $n 2>/dev/null & done
	wait
	ok "of four who make one key, one wins ($round)" \
		test "$(sort status.[1-4] | xargs)" = "0 7 7 7"
done

# What has been used is upgraded; old blobs of both formats.
kmctl encrypt ocb <file >ocb.sealed
use_all() {
	for n in 1 2 3; do
		for key in two three ocb; do
			kmctl decrypt $key <$key.sealed | cmp - file || return
		done
	done
}
for month in 05 06 07; do
	boot root.key $month
	all "four programs use keys of an older system (2026-$month)" use_all
	sh_ok "which are upgraded" \
		"for k in two three ocb; do kmctl show \$k | grep -q 'os-patchlevel *2026$month' || exit; done"
	expect 0 "faults 0" "and whole" kmctl store check
done

# --- killed -----------------------------------------------------------------------------
write_for_ever() { # N
	while :; do
		kmctl generate mine$1 $hmac --force
		kmctl generate ours $hmac --force
		kmctl delete mine$1
	done
}
export -f write_for_ever
export hmac
kmctl generate ours $hmac
bad=0
for round in 1 2 3 4 5 6 7 8; do
	groups=()
	for n in 1 2 3; do
		setsid bash -c "write_for_ever $n" >/dev/null 2>&1 &
		groups+=($!)
	done
	sleep "0.$((RANDOM % 30 + 10))"
	# On a busy machine setsid may not have come to make the group yet.
	for n in "${groups[@]}"; do
		until kill -9 -- "-$n" 2>/dev/null; do sleep 0.05; done
	done
	wait 2>/dev/null
	kmctl store check >check.out
	# Nothing but what killed writers leave, and the key of all is always there.
	grep -v -e '^\.tmp-[^:]*: left over' -e ': of an older system' -e '^keys ' check.out && bad=1
	kmctl sign ours --in file --out mac || bad=1
done
report $bad "killed writers leave no half key, and nothing but temporaries"
expect 0 "" "repair removes those" kmctl store check --repair
sh_ok "all of them" "kmctl store check | grep -q 'faults 0' && ! ls -A $store | grep -q '^\.tmp'"

finish
