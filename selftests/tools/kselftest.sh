#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kselftest.sh build|run [vm/run options] - build the tests in selftests/ and run them
# in the VM by the kselftest runner. "run" prints TAP and nothing else on stdout; its
# status is the VM's (97: the kernel log has warnings), not that of the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
ksft=$top/build/linux-source/tools/testing/selftests
out=$top/build/kselftest/programs
install=$top/build/kselftest/install

build() {
	selftests/tools/linux-source.sh
	mkdir -p "$out"
	rm -rf "$install"
	mkdir -p "$install/keymaster"
	local make=(make --no-print-directory -C selftests "KSFT=$ksft" "OUTPUT=$out"
		"BUILD=$top/build")
	"${make[@]}"
	"${make[@]}" -s "INSTALL_PATH=$install/keymaster" install
	"${make[@]}" -s COLLECTION=keymaster emit_tests > "$install/kselftest-list.txt"
	cp -r "$ksft/run_kselftest.sh" "$ksft/kselftest" "$install/"
}

case ${1:-} in
build) build ;;
run)
	shift
	exec selftests/vm/run "$@" -- env KM_TOP="$top" "$install/run_kselftest.sh" ;;
*) echo "usage: kselftest.sh build|run" >&2; exit 2 ;;
esac
