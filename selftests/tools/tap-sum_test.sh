#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What tap-sum must count as a failure, case by case. Prints TAP. Called by check.sh.
set -uo pipefail
sum=$(dirname "$(readlink -f "$0")")/tap-sum
number=0 bad=0

# expect DESCRIPTION "PASSED FAILED SKIPPED" <<< TAP
expect() {
	local got
	number=$((number + 1))
	got=$("$sum" 2>/dev/null)
	if [ "$got" = "$2" ]; then
		echo "ok $number - $1"
	else
		echo "# got '$got', not '$2'"
		echo "not ok $number - $1"
		bad=1
	fi
}

echo '1..12'
expect 'nested results' '2 0 1' <<< $'1..1\n# 1..3\n# ok 1 a\n# ok 2 b\n# ok 3 c # SKIP why\nok 1 t'
expect 'a nested failure, once' '1 1 0' <<< $'1..1\n# 1..2\n# ok 1 a\n# not ok 2 b\nnot ok 1 t # exit=1'
expect 'a nested failure that the status hides' '1 1 0' \
	<<< $'1..1\n# 1..2\n# ok 1 a\n# not ok 2 b\nok 1 t'
expect 'no TAP of its own, passed' '1 0 0' <<< $'1..1\n# hello\nok 1 t'
expect 'no TAP of its own, failed' '0 1 0' <<< $'1..1\n# hello\nnot ok 1 t # exit=1'
expect 'skipped as a whole' '0 0 1' <<< $'1..1\n# 1..0 # SKIP no device\nok 1 t # SKIP'
expect 'a time-out' '1 1 0' <<< $'1..1\n# ok 1 a\nnot ok 1 t # TIMEOUT 45 seconds'
expect 'a crash after a plan' '1 2 0' <<< $'1..1\n# 1..3\n# ok 1 a\nnot ok 1 t # exit=139'
expect 'fewer results than planned, status 0' '1 1 0' <<< $'1..1\n# 1..2\n# ok 1 a\nok 1 t'
expect 'the guest died before the last test' '1 1 0' <<< $'1..2\n# ok 1 a\nok 1 t'
expect 'nothing was run' '0 1 0' <<< ''
expect 'two programs' '3 0 0' <<< $'1..2\n# 1..2\n# ok 1 a\n# ok 2 b\nok 1 t\n# 1..1\n# ok 1 a\nok 2 u'
exit $bad
