#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh DIR SECONDS|replay FILE... - one boot's part of the fuzzing, then a look for memory
# that nobody knows any more. Runs in the VM; started by run.sh.
dir=$1
mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null
"$dir/kmfuzz" "$@"
status=$?
leaks=/sys/kernel/debug/kmemleak
[ -e "$leaks" ] || { echo "# no kmemleak"; exit $status; }
# Younger than five seconds is not looked at; and what has changed since the scan before is taken
# for being in use.
sleep 8
echo scan > "$leaks"
sleep 6
echo scan > "$leaks"
cat "$leaks" > "$dir/leaks"
[ -s "$dir/leaks" ] || exit $status
sed 's/^/# /' "$dir/leaks" | head -n 60
echo "not ok - kmemleak: memory is lost"
exit 1
