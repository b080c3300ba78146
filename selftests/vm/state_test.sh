#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What outlives a boot: each test is a few boots of the VM that share a folder, in which a
# helper keeps the state. Run on the host, after the module was built. TAP.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-state-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

# boot STEP [ARGUMENT...]: a boot in which state_guest.py does one step; its folder is DIR
boot() {
	"$here/run" -t 300 -s "$dir" --log "$dir/kernel.log" -- \
		env PYTHONDONTWRITEBYTECODE=1 "$here/../state_guest.py" "$dir" "$@"
}

# A helper that works, one that is killed, and so on: state_guest.py tests them in one boot.
test_helper_failures() { boot helpers; }
test_what_is_refused() { boot refused; }

# The fifth wrong password, then the plug is pulled: the whole wait again.
test_throttle_survives() { boot five_wrong && boot still_waiting; }

# Password, SID, setting, a deleted user, and the failures themselves.
test_enrolment_survives() { boot enrol && boot enrolled; }

# Keys that may be used twice in all: used once, once more after the boot, and never again.
test_uses_survive() { boot use_once && boot use_again && boot used_up; }

# An old file is put back, or none: no guess before 30 s.
test_old_file() {
	boot enrol_and_guess && cp "$dir/state.old" "$dir/state" && boot one_guess_in_30_s
}
test_no_file() { boot enrol_and_guess && rm "$dir/state" && boot one_guess_in_30_s; }

# The same state, and another root key.
test_other_root_key() { boot enrol && boot other_root_key; }

# kill -9 while the helper runs, between the count and the look at the password: counted.
test_killed_between() { boot kill_between && boot counted_what_was_killed; }

mapfile -t all < <(declare -F | sed -n 's/^declare -f test_//p')
[ $# = 0 ] || all=("$@")
echo "1..${#all[@]}"
number=0 bad=0
for name in "${all[@]}"; do
	number=$((number + 1))
	dir=$work/$name
	mkdir "$dir"
	if "test_$name" > "$work/said" 2>&1 < /dev/null; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $name"
		bad=1
	fi
done
exit $bad
