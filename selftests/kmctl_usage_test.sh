#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl and what the kernel remembers until the next boot: early boot, and how often keys were
# used. Prints TAP. Needs root and the module; loads it anew.
# holds the module: uses are counted until the next boot
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/tap.sh"

head -c 64 /dev/urandom >file
reload
kmctl init --ephemeral >/dev/null
hmac="--algorithm hmac --size 256 --digest sha256 --purpose sign --no-auth"

# --- how often ------------------------------------------------------------------------
sh_ok "a key for one use" "kmctl generate once $hmac --max-uses-per-boot 1 --store st &&
	kmctl sign once --store st <file >/dev/null"
expect 3 "as often as it may be until the next boot (max-uses-per-boot 1)" \
	"a second use is refused in words" kmctl sign once --store st --in file
sh_ok "a key for one use in an hour" "kmctl generate slow $hmac --min-seconds-between-ops 3600 \
	--store st && kmctl sign slow --store st <file >/dev/null"
expect 3 "too short a time ago (min-seconds-between-ops 3600)" \
	"and so is a use too soon" kmctl sign slow --store st --in file

# --- early boot -----------------------------------------------------------------
sh_ok "a key for early boot" "kmctl generate early $hmac --early-boot-only --store st &&
	kmctl sign early --store st <file >/dev/null"
expect 1 "needs root" "early-boot-ended is for root" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl early-boot-ended
expect 0 "" "early boot ends" kmctl early-boot-ended
expect 3 "is early-boot-only" "and with it the use of the key" kmctl sign early --store st --in file
expect 3 "is early-boot-only" "and its making" kmctl import x --algorithm hmac --digest sha256 \
	--purpose sign --no-auth --early-boot-only --in file
expect 0 "" "it ends once and for all" kmctl early-boot-ended
expect 0 "" "other keys are as they were" kmctl generate later $hmac --store st

# --- an unlocked session -----------------------------------------------------------
kmctl unenroll --user root >/dev/null 2>&1	# whatever other tests have left
echo 'root secret' | kmctl enroll >/dev/null
auth() { echo 'root secret' | kmctl auth; }
expect 0 "" "a key for an unlocked session" kmctl generate open $hmac --unlocked --store st
expect 0 "" "auth" auth
expect 0 "" "it is used" kmctl sign open --store st --in file --out mac
expect 0 "" "lock" kmctl lock
expect 3 "run kmctl auth [DEVICE_LOCKED]" "it is not, while it is locked" \
	kmctl sign open --store st --in file
expect 0 "" "a new authentication" auth
expect 0 "" "unlocks it" kmctl sign open --store st --in file --out mac
expect 2 "not both" "lock of one, or of all" kmctl lock --all --user root
expect 1 "needs root" "lock --all is for root" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl lock --all
expect 0 "" "lock --all --password-only" kmctl lock --all --password-only
expect 0 "" "at a terminal it asks, and goes on" $plain_python "$here/typed.py" \
	'to sign with open: =root secret' -- sh -c "kmctl sign open --store st <file >mac"
kmctl unenroll --user root

# --- boot levels -------------------------------------------------------------------
expect 0 "" "a key for levels up to 5" kmctl generate level $hmac --max-boot-level 5 --store st
expect 1 "needs root" "boot-level is for root" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl boot-level 5
expect 0 "" "level 5" kmctl boot-level 5
sh_ok "it is usable there" "kmctl sign level --store st <file >/dev/null"
expect 0 "boot level  5" "status tells the level" kmctl status
expect 0 "" "level 6" kmctl boot-level 6
expect 3 "has booted too far (max-boot-level 5) [BOOT_LEVEL_EXCEEDED]" "not beyond it" \
	kmctl sign level --store st --in file
expect 7 "further already" "there is no way back" kmctl boot-level 5
expect 0 "" "the same again is none" kmctl boot-level 6

# What is destroyed for good.
aes='--algorithm aes --size 256 --mode ctr --padding none --purpose encrypt --no-auth'
expect 0 "" "a key with a count" kmctl generate gone $aes --usage-count 5 --store st
expect 0 "" "another" kmctl generate gone2 $aes --usage-count 5 --store st
expect 0 "" "and one without" kmctl generate stays $aes --store st
sh_ok "a copy of the blob" "cp st/gone.blob copy"
sh_ok "the copy works" "kmctl encrypt --blob copy <file >/dev/null"
expect 0 "" "it is deleted" kmctl delete gone --store st
expect 5 "INVALID_KEY_BLOB" "so the copy is nothing" kmctl encrypt --blob copy --in file
expect 2 "give --mine, or --all-users" "delete-all wants to know whose" kmctl delete-all
expect 1 "needs root" "all users' are for root" setpriv --reuid 65534 --regid 65534 \
	--clear-groups kmctl delete-all --all-users
expect 0 "" "one's own are not" setpriv --reuid 65534 --regid 65534 --clear-groups \
	kmctl delete-all --mine
sh_ok "which are not mine" "kmctl encrypt gone2 --store st <file >/dev/null"
expect 0 "" "all of them" kmctl delete-all --all-users
expect 5 "INVALID_KEY_BLOB" "are gone" kmctl encrypt gone2 --store st --in file
sh_ok "others are not" "kmctl encrypt stays --store st <file >/dev/null"
expect 3 "ROLLBACK_RESISTANCE_UNAVAILABLE" "nothing is promised without a TPM" \
	kmctl generate never $aes --rollback-resistance --store st

finish
