#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl and passwords: enrolment, keys that ask for their user, at a terminal and without
# one, the throttle, the lock, the state that outlives the module, and what must never
# come out. Prints TAP. Needs root and the module; loads it anew.
set -u

here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

user=7310
mkdir -m 700 data user
chown $user user
as_user() {
	setpriv --reuid $user --regid $user --clear-groups \
		env HOME="$work/user" XDG_DATA_HOME= "$@"
}
# typed PROMPT=ANSWER... -- COMMAND...: as the user, at a terminal
typed() { as_user $plain_python "$here/typed.py" "$@"; }
# given TEXT COMMAND...: as the user, with TEXT on standard input
given() { local text=$1; shift; printf "$text" | as_user "$@"; }
json() { as_user kmctl status --json | $plain_python -c "import json, sys; s = json.load(sys.stdin); $1"; }

head -c 32 /dev/urandom >root.key; chmod 600 root.key
head -c 300000 /dev/urandom >plain
stretched_as_ever=${LD_LIBRARY_PATH:-}
stretch_little
reload
expect 0 "check value" "a root key without a state" kmctl init --file root.key --no-state
expect 0 "volatile" "status says that nothing is kept" kmctl status
ok "and no state file was made" test ! -e /var/lib/keymaster/state

# --- not enrolled -----------------------------------------------------------------------
hmac="--algorithm hmac --size 256 --digest sha256 --purpose sign"
expect 0 "is not enrolled" "status of who is not enrolled" as_user kmctl status
expect 8 "run kmctl enroll" "auth of who is not enrolled" as_user kmctl auth
expect 8 "run kmctl enroll" "a key for who is not enrolled is not made" as_user kmctl generate k \
	$hmac --auth password
expect 2 "not both" "--auth and --no-auth" kmctl generate k $hmac --auth password --no-auth
expect 2 "known: password" "--auth of something else" kmctl generate k $hmac --auth eye
expect 2 "known: password" "--auth none" kmctl generate k $hmac --auth none
expect 8 "no password on standard input" "enroll without a password" as_user kmctl enroll
expect 8 "empty password" "enroll of an empty one" given '\n' kmctl enroll
expect 1 "only root" "enroll of another user" as_user kmctl enroll --user root
expect 2 "no user" "enroll of nobody" kmctl enroll --user no-such-user

# --- enrolment, on standard input and at a terminal ---------------------------------------
expect 0 "is enrolled, secure user id" "enroll by a line of standard input" \
	given 'first secret\nrest' kmctl enroll
expect 0 "is enrolled" "status of who is enrolled" as_user kmctl status
sid=$(json 'print(s["user"]["user-secure-id"])')
sh_ok "status --json" "[[ '$sid' =~ ^[1-9][0-9]*$ ]]"
expect 8 "is another one [GATEKEEPER_INVALID]" "a wrong password" given 'second\n' kmctl auth
expect 0 "1 failed" "which counts" as_user kmctl status
expect 0 "" "the right one" given 'first secret\n' kmctl auth
expect 0 "" "also without an end of line" given 'first secret' kmctl auth
ok "after it nothing counts" json 'assert s["user"]["failures"] == 0'
expect 2 "not the handle" "--operation wants a number" as_user kmctl auth --operation x
expect 8 "is another one" "a change with a wrong password" given 'wrong\nnew\n' kmctl enroll
expect 0 "secure user id $sid" "a change keeps the id" given 'first secret\nnew\n' kmctl enroll
expect 8 "is another one" "the old one is over" given 'first secret\n' kmctl auth
expect 0 "secure user id $sid" "a change at a terminal" typed 'Current password of uid 7310: =new' \
	'New password of uid 7310: =third secret' 'The same again: =third secret' -- kmctl enroll
ok "what was typed is not shown" sh -c '! grep -q secret out'
expect 1 "not the same" "two different new ones" typed 'Current=third secret' 'New=a' 'again=b' \
	-- kmctl enroll
expect 0 "" "auth at a terminal" typed 'Password of uid 7310: =third secret' -- \
	sh -c 'kmctl auth >/dev/null'
expect 130 "Password" "^C at the prompt gives the terminal back" typed 'Password=^C' -- kmctl auth
expect 1 "for root" "--reset is for root" given 'x\n' kmctl enroll --reset

# --- keys ---------------------------------------------------------------------------------
expect 0 "" "a key that opens for a while" as_user kmctl generate timed $hmac \
	--auth=password --auth-timeout=300
expect 0 "$sid" "it is bound to the user" as_user kmctl show timed
expect 0 "" "auth" given 'third secret\n' kmctl auth
sh_ok "it opens without further ado" "$(declare -f as_user); work=$work user=$user
	as_user kmctl sign timed <plain | wc -c | grep -qx 32"
expect 0 "" "a key that opens for four seconds" as_user kmctl generate brief $hmac --auth password \
	--auth-timeout 4
sleep 5
expect 3 "run kmctl auth [KEY_USER_NOT_AUTHENTICATED]" "later it does not, without a terminal" \
	as_user setsid kmctl sign brief
expect 0 "" "at a terminal it asks, and goes on" typed \
	'Password of uid 7310, to sign with brief: =third secret' -- \
	sh -c "kmctl sign brief <$work/plain >$work/user/mac 2>/dev/null"
ok "and signs" test "$(stat -c %s user/mac)" = 32
sleep 5
expect 8 "is another one" "a wrong password there" typed 'Password=wrong' -- \
	sh -c "kmctl sign brief <$work/plain >$work/user/none"
ok "nothing was signed" test ! -s user/none

expect 0 "" "a key that asks each time" as_user kmctl generate each $hmac --auth password
expect 0 "" "auth beforehand" given 'third secret\n' kmctl auth
expect 3 "no terminal" "is no use to it" as_user setsid kmctl sign each
expect 0 "" "at a terminal it asks" typed 'to sign with each: =third secret' -- \
	sh -c "kmctl sign each <$work/plain >$work/user/mac"
ok "and signs" test "$(stat -c %s user/mac)" = 32
expect 8 "is another one" "a wrong password" typed 'Password=wrong' -- \
	sh -c "kmctl sign each <$work/plain >$work/user/none"
ok "nothing was signed, either" test ! -s user/none
expect 0 "" "one that encrypts" as_user kmctl generate box --algorithm aes --size 256 --mode gcm \
	--purpose encrypt,decrypt --auth password
expect 0 "" "asks to encrypt" typed 'to encrypt with box: =third secret' -- \
	sh -c "kmctl encrypt box --in $work/plain --out $work/user/sealed"
expect 0 "" "and once to decrypt a file" typed 'to decrypt with box: =third secret' -- \
	sh -c "kmctl decrypt box --in $work/user/sealed --out $work/user/open"
ok "which comes back" cmp user/open plain
openssl genpkey -algorithm X25519 -out peer.pem
openssl pkey -in peer.pem -pubout -out peer.pub; chmod 644 peer.pub
expect 0 "" "one that agrees" as_user kmctl generate dh --algorithm ec --curve 25519 \
	--purpose agree --auth password
expect 0 "" "asks, too" typed 'to agree with dh: =third secret' -- \
	sh -c "kmctl agree dh --peer $work/peer.pub --out $work/user/shared"
ok "and agrees" test "$(stat -c %s user/shared)" = 32
expect 0 "" "one that signs as ec" as_user kmctl generate ec --algorithm ec --curve p256 \
	--digest sha256 --purpose sign,verify --auth password
expect 0 "" "asks to sign" typed 'to sign with ec: =third secret' -- \
	sh -c "kmctl sign ec <$work/plain >$work/user/sig"
expect 0 "signature OK" "and nobody to verify" as_user setsid kmctl verify ec \
	--signature "$work/user/sig" --in "$work/plain"

# --- limits by their names ------------------------------------------------------------------
expect 0 "" "a key with limits" as_user kmctl generate limits $hmac --no-auth --active 2020-01-02 \
	--origination-expire 2100-01-02T03:04:05Z --usage-expire 2100-01-02 --max-uses-per-boot 99 \
	--min-seconds-between-ops 0 --usage-count 3
expect 0 "usage-count-limit        3" "are shown" as_user kmctl show limits
expect 0 "2100-01-02T03:04:05Z" "with their dates" as_user kmctl show limits
expect 0 "" "a key for two uses" as_user kmctl generate twice $hmac --no-auth --usage-count 2
expect 0 "" "one" as_user kmctl sign twice --in "$work/plain" --out "$work/user/mac"
expect 0 "" "two" as_user kmctl sign twice --in "$work/plain" --out "$work/user/mac"
expect 5 "usage-count-limit" "and no third" as_user kmctl sign twice --in "$work/plain"
expect 2 "give N" "boot-level wants a level" kmctl boot-level
expect 2 "not a level" "and a number" kmctl boot-level early

# --- what must not come out -----------------------------------------------------------------
mkfifo user/slow; chown $user user/slow
echo "$work/core.%p" >/proc/sys/kernel/core_pattern
cat >spy <<END
ulimit -c unlimited
($plain_python $here/typed.py 'to sign with each: =root secret' -- \
	sh -c 'exec kmctl sign each <$work/user/slow >$work/user/mac') &
exec 9>$work/user/slow
# Until it has the password and waits for its input: in read(), of descriptor 0.
for i in \$(seq 300); do
	pid=\$(pgrep -x kmctl) && grep -q '^0 0x0 ' /proc/\$pid/syscall && break
	sleep 0.2
done
$plain_python $here/memdump.py \$pid >dump
cat /proc/\$pid/environ /proc/\$pid/cmdline >environ
kill -ABRT \$pid
wait
END
# As root, who may read the memory of a process that hides it from its user.
usually() { LD_LIBRARY_PATH=$stretched_as_ever "$@"; }
echo 'root secret' | usually kmctl enroll >/dev/null
kmctl generate each $hmac --auth password
usually bash ./spy >spy.out 2>&1
ok "its memory was read" test "$(stat -c %s dump)" -gt 1000000
ok "it holds the message of the prompt" grep -qa "Password of" dump
ok "and no password" sh -c '! grep -qa "root secret" dump'
ok "nor does its environment" sh -c '! grep -qa "root secret" environ'
ok "nor a core file" sh -c '! ls core.* 2>/dev/null'
ok "nor the log" sh -c '! dmesg | grep -qa secret'
kmctl delete each
kmctl unenroll --user root

# --- reset, unenrol, throttle -----------------------------------------------------------------
expect 0 "never open again" "root resets" sh -c 'echo fourth | kmctl enroll --user 7310 --reset'
ok "which makes a new id" json "assert s['user']['user-secure-id'] != $sid"
expect 0 "" "the new password is good" given 'fourth\n' kmctl auth
expect 3 "KEY_USER_NOT_AUTHENTICATED" "but not for the old key" as_user setsid kmctl sign timed \
	--in "$work/plain"
for i in 1 2 3 4; do
	expect 8 "is another one" "wrong password $i" given 'wrong\n' kmctl auth
done
expect 8 "wait 30 seconds" "the fifth has to wait" given 'wrong\n' kmctl auth
expect 8 "too many wrong passwords: wait" "and the right one, too" given 'fourth\n' kmctl auth
expect 0 "seconds until the next attempt" "status says for how long" as_user kmctl status
expect 8 "wait" "nobody types in vain" typed -- kmctl auth
expect 1 "needs root" "unenroll is for root" as_user kmctl unenroll --user 7310
expect 2 "give --user" "unenroll of whom?" kmctl unenroll
expect 0 "" "unenroll" kmctl unenroll --user 7310
expect 8 "not enrolled" "once" kmctl unenroll --user 7310
expect 0 "is not enrolled" "it is forgotten" as_user kmctl status

# --- the state ----------------------------------------------------------------------------------
reload
expect 0 "which is new" "init makes a state" kmctl init --file root.key
expect 0 "kept over boots" "status says so" kmctl status
expect 0 "is enrolled" "somebody enrols" given 'kept\n' kmctl enroll
ok "the kernel had the state written" test -s /var/lib/keymaster/state
ok "for root alone" test "$(mode_of /var/lib/keymaster/state)" = 600
ok "sealed" sh -c '! grep -qa argon2id /var/lib/keymaster/state'
sid=$(json 'print(s["user"]["user-secure-id"])')
as_user kmctl generate twice $hmac --no-auth --usage-count 2 --force
as_user kmctl sign twice --in "$work/plain" --out "$work/user/mac"
expect 8 "is another one" "a wrong password" given 'wrong\n' kmctl auth
expect 7 "too late" "a second state is refused" kmctl init --state "$work/other"
cp /var/lib/keymaster/state saved
reload
expect 0 "state kept in /var/lib/keymaster/state" "after a reload the state is there" \
	kmctl init --file root.key
# First, since it ends after 30 s, which is not much for an emulated debug kernel.
expect 8 "wait" "there is a wait" given 'kept\n' kmctl auth
ok "the user is the same" json "assert s['user']['user-secure-id'] == $sid"
ok "and the failure still counts" json "assert s['user']['failures'] >= 1"
expect 0 "" "the key has one use left" as_user kmctl sign twice --in "$work/plain" \
	--out "$work/user/mac"
expect 5 "usage-count-limit" "and no more" as_user kmctl sign twice --in "$work/plain"
reload
flip saved 30; cp saved /var/lib/keymaster/state
expect 4 "damaged, or of another root key" "a damaged state is refused" kmctl init --file root.key
rm /var/lib/keymaster/state
expect 0 "which is new" "a state by itself, later" kmctl init --state /var/lib/keymaster/state
reload
chmod 666 /var/lib/keymaster/state 2>/dev/null || { : >/var/lib/keymaster/state
	chmod 666 /var/lib/keymaster/state; }
expect 1 "only root may change" "a state that others may write to is refused" \
	kmctl init --file root.key
expect 0 "$work/elsewhere" "a state elsewhere" kmctl init --state elsewhere
expect 0 "is enrolled" "is used" given 'kept\n' kmctl enroll
ok "too" test -s elsewhere
expect 0 "" "save-state" kmctl save-state again
ok "writes a state" test -s again
expect 0 "" "as the kernel starts it" kmctl "$work/once-more"
ok "likewise" test -s once-more
expect 1 "needs root" "for root" as_user kmctl save-state "$work/user/state"
ok "it is not in the list" sh -c '! kmctl --help | grep -q save-state'
expect 2 "does not go with" "an ephemeral key keeps nothing" kmctl init --ephemeral --state x

finish
