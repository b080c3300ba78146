#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What outlives a boot: each test is steps of state_guest.py, one in each of up to three boots of
# the VM, with a folder in which a helper keeps the state. All tests share the boots; each step
# begins with the module loaded anew. Run on the host, after the module was built. TAP.
# state_test.sh [TEST...]
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-state-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

declare -A steps
all=()
steps() { # TEST STEP...: the steps in the first boot, the second, the third
	all+=("$1")
	steps[$1]=${*:2}
}

# A helper that works, one that is killed, and so on.
steps helper_failures helpers
steps what_is_refused refused
# Password, SID, setting, a deleted user, and the failures themselves.
steps enrolment_survives enrol enrolled
# Keys that may be used twice in all: used once, once more after the boot, and never again.
steps uses_survive use_once use_again used_up
# The same state, and another root key.
steps other_root_key enrol other_root_key
# An old file is put back, or none: no guess before 30 s.
steps old_file enrol_and_guess one_guess_in_30_s
between_old_file() { cp state.old state; }
steps no_file enrol_and_guess one_guess_in_30_s
between_no_file() { rm state; }
# kill -9 while the helper runs, between the count and the look at the password: counted.
steps killed_between kill_between counted_what_was_killed
# The fifth wrong password, then the plug is pulled: the whole wait again. The last, so that it is.
steps throttle_survives five_wrong still_waiting

# boot NUMBER: every test's step in it, if all before has succeeded
boot() {
	local name todo=() list
	for name in "${all[@]}"; do
		read -ra list <<< "${steps[$name]}"
		[ ${#list[@]} -gt "$1" ] || continue
		[ "$1" = 0 ] || [ -e "$work/$name/${list[$1 - 1]}.ok" ] || continue
		if [ "$1" = 1 ] && declare -F "between_$name" > /dev/null; then
			(cd "$work/$name" && "between_$name") || continue
		fi
		todo+=("$name:${list[$1]}")
	done
	[ ${#todo[@]} != 0 ] || return 0
	"$here/run" -t 1800 -s "$work" --log "$work/kernel.log" -- \
		env PYTHONDONTWRITEBYTECODE=1 "$here/../state_guest.py" "$work" "${todo[@]}" \
		>> "$work/said" 2>&1
}

succeeded() { # TEST
	local step
	for step in ${steps[$1]}; do
		[ -e "$work/$1/$step.ok" ] || return 1
	done
}

[ $# = 0 ] || all=("$@")
for name in "${all[@]}"; do mkdir "$work/$name"; done
whole=0
for number in 0 1 2; do
	boot $number || { echo "boot $number: status $?" >> "$work/said"; whole=1; }
done
echo "1..${#all[@]}"
number=0 bad=$whole
for name in "${all[@]}"; do
	number=$((number + 1))
	if [ $whole = 0 ] && succeeded "$name"; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		bad=1
	fi
done
[ $bad = 0 ] || sed 's/^/# /' "$work/said"
exit $bad
