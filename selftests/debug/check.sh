#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh debug | kcsan [PATTERN...] - the tests of selftests/ and of this folder in a kernel
# of this folder, each in a boot of its own. Ends with "N passed, N failed, N skipped".
#
#   debug   all of them, under KASAN, lockdep, UBSAN and the others of debug.config, with a
#           search for leaked memory at the end of those that kselftest.sh calls watched; then
#           the coverage of kernel/
#   kcsan   those with threads, under KCSAN and lockdep: races between accesses to memory
#
# What a job printed is kept in build/check-NAME, which lines were run in build/check-NAME/coverage.
# With PATTERNs, only the jobs whose names match: check.sh debug 'vm/usage*' vm/failnth_test.py
# Called by "make check-debug" and "make check-kcsan".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
kernel=${1:-}
[ -e "selftests/debug/$kernel.config" ] ||
	{ sed -n '3,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
shift
logs=build/check-$kernel
# One VM fewer at a time than in "make check": where the processors of one have to wait for each
# other's locks, and the host lets neither run, nothing gets on.
processors=$(($(nproc) > 1 ? $(nproc) - 1 : 1))
# The longest first, so that nothing is left to run alone in the end.
longest=(state_test vm/failnth_test.py tpm_test vm/throttle_test.py)
. selftests/tools/pool.sh

built=$(selftests/debug/kernel.sh "$kernel" | tail -n 1) || exit 1
export KM_VM_KERNEL=$built/boot/vmlinuz KM_VM_FOUND=$PWD/$logs/found KM_LOGS=$logs

# Longer than in "make check": here is where it counts.
export KM_RACE_SECONDS=20

instrument=
[ "$kernel" != debug ] || instrument=GCOV_PROFILE=y

# Races between accesses need threads.
with_threads() {
	local name
	for name in $(grep -lE 'pthread_create|threading' selftests/*_test.*); do
		name=${name##*/}
		tests "vm/${name%.c}" selftests/tools/kselftest.sh run "${name%.c}"
	done
}

main() {
	local name
	rm -rf "$logs"
	mkdir -p "$logs"
	trap stop_jobs EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	step programs "library, tools and the VM's tests build" make -j "$(nproc)" lib tools kselftest
	step module "the module builds for the $kernel kernel without warnings" \
		no_warnings make -j "$(nproc)" module "KDIR=$built/build" "KFLAGS=$instrument"
	run_jobs

	if [ "$kernel" = debug ]; then
		for name in $(selftests/tools/kselftest.sh list debug); do
			tests "vm/$name" selftests/tools/kselftest.sh run "$name"
		done
		vm_tests "$#" vm/
		# These boot several times, with a disk and a TPM that outlive the boot.
		for name in state_test tpm_test; do
			step "$name" "$name" env KM_VM_LEAN=yes "selftests/vm/$name.sh"
		done
	else
		with_threads
	fi
	run_jobs "$@"
	if [ "$kernel" = debug ]; then
		step coverage "of the lines of kernel/ at least 90 of 100 were run" \
			selftests/debug/coverage.sh "$logs/found" "$logs/coverage"
		run_jobs
		cat "$logs/coverage/summary" 2> /dev/null
	fi
	sum_up
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main "$@"
exit $?
