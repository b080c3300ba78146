#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A volume and a directory are opened by keys that the kernel hands over, written, and after the
# next boot opened again, after login only: bridge_guest.py in two boots of the VM, with a folder
# that outlives them. Run on the host, after module and tools were built. TAP.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-bridge-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

first=("volume: written" "generated: written" "directory: written")
second=("nothing opens before login" "volume: opened again" "generated: opened again"
	"directory: opened again" "no process holds the key")
echo "1..$((${#first[@]} + ${#second[@]} + 2))"
number=0 bad=0

report() { # STATUS NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; bad=1; fi
}

boot() { # NAME STEP...
	local step status=0
	"$here/run" -t 900 -s "$work" --log "$work/kernel.log" -- env PYTHONDONTWRITEBYTECODE=1 \
		"$here/../bridge_guest.py" "$work" "$1" > "$work/said" 2>&1 || status=$?
	for step in "${@:2}"; do
		grep -qxF "ok $step" "$work/said"
		report $? "$step"
	done
	report $status "the $1 boot"
	[ $status = 0 ] || sed 's/^/# /' "$work/said"
}

boot first "${first[@]}"
boot second "${second[@]}"
exit $bad
