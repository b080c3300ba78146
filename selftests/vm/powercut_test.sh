#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two kills of powercut.sh, with a TPM and without: 200 are too long for every check. That it
# finds out what is not synced depends on when it kills: "make powercut" tries that too. Run on
# the host, after the module was built. TAP.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
said=$(mktemp /tmp/km-powercut-test.XXXXXX)
trap 'rm -f "$said"' EXIT
bad=0 not=
echo "1..1"
"$here/powercut.sh" -n 2 > "$said" 2>&1 || { bad=1 not="not "; sed 's/^/# /' "$said"; }
sed -nE 's/^([0-9]+ kills|cut short)/# &/p' "$said"
echo "${not}ok 1 - what was reported is there after power cuts"
exit $bad
