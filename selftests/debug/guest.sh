#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh DIR COMMAND... - run COMMAND in a VM with a kernel of this folder, and then look
# for what it has left behind: memory that nobody knows any more when the module is gone; and
# which lines of it were run, which goes to DIR. Called by vm/run.
#
# Exit status: that of COMMAND, or 98 if it succeeded and something was found. What was found
# is told in lines "# not ok", which tools/tap-sum counts.
dir=$1
shift
debugfs=/sys/kernel/debug
found=

fault() {
	echo "# not ok - $*"
	found=yes
}

# Younger than five seconds is not looked at; and what nobody seems to know is told when it has
# not changed since the scan before, so it takes two.
leaks() {
	[ "$kmemleak" ] || return 0
	sleep 6
	echo scan > $debugfs/kmemleak
	echo scan > $debugfs/kmemleak
	cat $debugfs/kmemleak > "$dir/leaks"
	[ -s "$dir/leaks" ] || return 0
	sed 's/^/# /' "$dir/leaks"
	fault "kmemleak: memory is lost"
}

# Who still holds a file has not ended, and keys are collected some time after they were given
# up. What is to last until the next boot, a boot level say, keeps the module for that long:
# whether it stays for no reason is for races_test. Where it was, kmemleak's addresses tell.
unload() {
	grep '^keymaster ' /proc/modules > "$dir/module" || return 0
	for pid in $(fuser /dev/keymaster 2>/dev/null); do
		kill -9 "$pid"
	done
	for _ in $(seq 30); do
		! rmmod keymaster 2> /dev/null || return 0
		sleep 0.2
	done
	echo "# the module stays"
}

# Each scan takes many seconds of an emulated processor: none that nobody reads. The file is
# there also where the kernel was told at its start to do without; it then takes nothing.
kmemleak=
if [ -e $debugfs/kmemleak ] && ! grep -qw kmemleak=off /proc/cmdline; then
	kmemleak=yes
	echo scan=off > $debugfs/kmemleak
fi
"$@"
status=$?

# What nobody knows any more while the module is loaded, nobody knows without it.
unload
leaks
if [ -d $debugfs/gcov ]; then
	(cd $debugfs/gcov && find . -name '*.gcda' -print0 | xargs -0r cp --parents -t "$dir")
fi

[ -z "$found" ] || [ "$status" != 0 ] || status=98
exit $status
