#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A few kills of powercut.sh, which 200 of are too long for every check; and the fault that they
# must find out. Run on the host, after the module was built. TAP.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
said=$(mktemp /tmp/km-powercut-test.XXXXXX)
trap 'rm -f "$said"' EXIT
number=0 bad=0

report() { # STATUS NAME
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
		sed -nE 's/^([0-9]+ kills|cut short)/# &/p' "$said"
	else
		sed 's/^/# /' "$said"
		echo "not ok $number - $2"
		bad=1
	fi
}

echo "1..2"
"$here/powercut.sh" -n 6 > "$said" 2>&1
report $? "what was reported is there after power cuts"

# Two lanes, so that one that is cut before it has done anything is not all.
"$here/powercut.sh" -n 6 --no-fsync > "$said" 2>&1
[ $? = 1 ] && grep -qE 'was reported|lost while|half replaced|: listed' "$said"
report $? "keys that kmctl does not sync are missed"
sed -n 's/^kept: \(\/tmp\/km-powercut\.[^/]*\).*/\1/p' "$said" | sort -u | xargs -r rm -rf
exit $bad
