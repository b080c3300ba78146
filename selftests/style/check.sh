#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All the checks of style, one after the other. Called by "make style"; "make check"
# runs them singly and counts each.
cd "$(dirname "$0")" || exit 1
bad=0
for check in layers spdx attacks checkpatch; do
	if "./$check.sh"; then
		echo "ok - $check"
	else
		echo "not ok - $check"
		bad=1
	fi
done
exit $bad
