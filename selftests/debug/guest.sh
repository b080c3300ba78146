#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# guest.sh DIR COMMAND... - run COMMAND in a VM with a kernel of this folder, and then look
# for what it has left behind: memory that nobody knows any more, while the module is loaded
# and again when it is gone, where what only the module knew is lost too; and which lines of
# it were run, which goes to DIR. Called by vm/run.
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

# Younger than five seconds is not looked at; and what has changed since the scan before is
# taken for being in use.
leaks() { # WHEN
	[ -e $debugfs/kmemleak ] || return 0
	sleep 6
	echo scan > $debugfs/kmemleak
	echo scan > $debugfs/kmemleak
	cat $debugfs/kmemleak > "$dir/leaks-$1"
	[ -s "$dir/leaks-$1" ] || return 0
	sed 's/^/# /' "$dir/leaks-$1"
	fault "kmemleak: memory is lost, $1"
	echo clear > $debugfs/kmemleak
}

# Works that free something later have ended by then; who still holds a file has not. What is
# to last until the next boot, a boot level say, keeps the module for that long: there is
# nothing to be seen here then, and whether it stays for no reason is for races_test.
unload() {
	for pid in $(fuser /dev/keymaster 2>/dev/null); do
		kill -9 "$pid"
	done
	[ -d /sys/module/keymaster ] || return
	rmmod keymaster 2> /dev/null || echo "# the module stays"
}

"$@"
status=$?

# A second of idleness: what an open file remembers goes.
leaks loaded
unload
[ -d /sys/module/keymaster ] || leaks unloaded
if [ -d $debugfs/gcov ]; then
	(cd $debugfs/gcov && find . -name '*.gcda' -print0 | xargs -0r cp --parents -t "$dir")
fi

[ -z "$found" ] || [ "$status" != 0 ] || status=98
exit $status
