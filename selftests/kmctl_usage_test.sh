#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kmctl and what the kernel remembers until the next boot: early boot, and how often keys were
# used. Prints TAP. Needs root and the module; loads it anew.
set -u
. "$(dirname "$(readlink -f "$0")")/tap.sh"

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

finish
