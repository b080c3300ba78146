#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kselftest.sh build | list [debug] | run FILE - build the tests in selftests/, name them, or
# run one in the VM by the kselftest runner. Each gets a boot of its own: what a test leaves in
# the kernel is no other test's matter. Called by check.sh, which runs several at a time.
# "debug": those in selftests/debug, for which Debian's kernel is not enough.
#
# "run" prints TAP and nothing else on stdout; its status is the VM's (97: the kernel log has
# warnings), not that of the test. A line "vm: OPTIONS" in a file's head is for vm/run.
# The kernel log is kept in build/check/vm/FILE.kernel, or below KM_LOGS.
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
ksft=$top/build/linux-source/tools/testing/selftests
out=$top/build/kselftest/programs
install=$top/build/kselftest/install

collection() { # NAME FOLDER OUTPUT
	local make=(make --no-print-directory -C "$2" "KSFT=$ksft" "OUTPUT=$3" "BUILD=$top/build")
	mkdir -p "$3" "$install/$1"
	"${make[@]}"
	"${make[@]}" -s "INSTALL_PATH=$install/$1" install
	"${make[@]}" -s "COLLECTION=$1" emit_tests >> "$install/kselftest-list.txt"
	# The guest cannot keep what it compiles: it would do it anew in every boot.
	/usr/bin/python3 -m compileall -q "$install/$1"
}

build() {
	selftests/tools/linux-source.sh
	rm -rf "$install"
	collection keymaster selftests "$out"
	collection keymaster-debug selftests/debug "$out/debug"
	cp -r "$ksft/run_kselftest.sh" "$ksft/kselftest" "$install/"
}

run() { # FILE
	local collection=keymaster source options
	[ ! -e "$install/keymaster-debug/$1" ] || collection=keymaster-debug
	source=$(find selftests selftests/debug -maxdepth 1 -name "$1" -o -maxdepth 1 -name "$1.c")
	read -ra options <<< "$(sed -n '1,12s/^\(#\| \*\) vm: //p' "$source")"
	# The only time limit: the runner's, in "settings", is off, because it goes by the guest's
	# clock, which leaps where a test asks for it.
	exec selftests/vm/run "${options[@]}" -t 2400 --log "${KM_LOGS:-build/check}/vm/$1.kernel" -- \
		env KM_TOP="$top" "$install/run_kselftest.sh" -t "$collection:$1"
}

case $#,${1:-} in
1,build) build ;;
1,list) sed -n 's/^keymaster://p' "$install/kselftest-list.txt" ;;
2,list) sed -n "s/^keymaster-$2://p" "$install/kselftest-list.txt" ;;
2,run) run "$2" ;;
*) echo "usage: kselftest.sh build | list [debug] | run FILE" >&2; exit 2 ;;
esac
