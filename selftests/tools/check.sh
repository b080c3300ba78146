#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [PATTERN...] - everything that CI checks: first what the tests need is built, then
# all the rest runs, several jobs at a time. Ends with
# "N passed, N failed, N skipped", and fails if anything failed. A step counts as one; the
# tests of kernel files in userspace (user/...) and in the VM (vm/...) are counted one by one.
# With PATTERNs, only the jobs whose names match, and only what has changed is built for them:
# check.sh 'vm/usage*' checkpatch
# Where KM_WHOLE is set, as "make slow" does, all of what is tried in part otherwise: published
# vectors, random cases, moments of a kill; by clang, sparse and checkpatch all files, and not only
# those that were changed of late; and the module for the newest kernel.
# What job NAME printed is kept in build/check/NAME.log, its stderr in NAME.err.
# Called by "make check", after "make deps".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
logs=build/check
processors=$(nproc)
# Every build of the module is one with more warnings, also those that are not for reading
# them: other flags would mean to compile everything again.
export KFLAGS=W=1

# What takes longest is started first, so that nothing is left to run alone in the end: these,
# which need minutes, then the tests in the VM, several in each boot, then all others.
longest=(state_test tpm_test powercut_test run_test secrets_test vm/throttle_test.py)

. selftests/tools/pool.sh

# --- what jobs call ----------------------------------------------------------
# The lock is held by who builds in the folder, so it must stay.
empty() { # DIR
	mkdir -p "$1"
	flock "$1" find "$1" -mindepth 1 -delete
}

fresh_module() { # DIR MAKE-ARGUMENT...
	local out=$PWD/build/$1
	shift
	empty "$out"
	make module "MOUT=$out" "$@"
}

# The compiler's name stands in what it made: LLVM=1 alone is overruled by the CC of
# Debian's headers, without a word.
by_clang() { # DIR
	no_warnings fresh_module "$1" "CC=$PWD/selftests/tools/clang-cc" OBJECT_FILES_NON_STANDARD=y \
		"OBJECTS=$objects" || return
	set -- "build/$1"/kernel/*.o
	readelf -p .comment "$1" | grep clang
}

# -----------------------------------------------------------------------------
main() {
	local version name objects recent=(--recent)
	if [ "${KM_WHOLE-}" ]; then
		recent=()
		# newest.sh needs root, and a job has no terminal to ask at.
		[ "$(id -u)" = 0 ] || sudo -v
	fi
	rm -rf "$logs"
	mkdir -p "$logs"
	trap stop_jobs EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	version=$(make -s --no-print-directory print-kver)

	# What everything else uses. From nothing, so that no warning hides in an object that is
	# up to date.
	if [ $# = 0 ]; then
		empty "build/module/$version"
		rm -rf build/obj build/user build/kselftest
	fi
	step module "module for $version builds with gcc, W=1, without warnings" \
		no_warnings make -j "$processors" module
	step programs "library, tools and the VM's tests build without warnings" \
		no_warnings make -j "$processors" lib tools kselftest
	step user "the tests of kernel files in userspace build without warnings" \
		no_warnings make -j "$processors" user
	run_jobs

	vm_tests "$#" vm/
	# gcc has made all of it by now; these two are asked for their warnings.
	objects=$(selftests/tools/recent-objects.sh | xargs)
	step module-clang "module for $version builds with clang, W=1, without warnings" \
		by_clang "module-clang/$version"
	step module-sparse "module for $version is clean under sparse" \
		no_warnings make module C=2 "OBJECTS=$objects"
	if [ "${KM_WHOLE-}" ]; then
		step newest "module builds for the newest kernel, W=1, without warnings" \
			selftests/tools/newest.sh
	fi
	step layers "no file of the module includes a header of a higher layer" selftests/style/layers.sh
	step spdx "every file has its licence line" selftests/style/spdx.sh
	step attacks "every test that ATTACKS.md names exists" selftests/style/attacks.sh
	step checkpatch "checkpatch --strict has no remark" selftests/style/checkpatch.sh "${recent[@]}"
	for script in selftests/tools/*_test.sh selftests/vm/*_test.sh; do
		name=$(basename "$script" .sh)
		step "$name" "$script" "$script"
	done
	tests m32 selftests/tools/m32.sh
	# Where the processor has no instructions for AES, other code does it. All: check-kernels.
	tests without-aes env KM_VM_CPU=-aes,-pclmulqdq "KM_LOGS=$logs/without-aes" \
		selftests/tools/kselftest.sh run aes_test.py
	# seeds and what is made of them in seconds; make fuzz goes on from there
	tests fuzz nested fuzz selftests/fuzz/run.sh replay
	step demo "the demonstration runs to its end" selftests/demo.sh
	# in a VM whose clock counts instructions
	tests counted nested counted selftests/vm/run --icount -t 1800 \
		--log "$logs/counted.kernel" -- selftests/counted.py
	while read -r name; do
		tests "user/$name" nested "user/$name" make -s --no-print-directory -C selftests/user \
			"OUT=$PWD/build/user" "check-${name//\//-}"
	done < <(make -s --no-print-directory -C selftests/user list)
	run_jobs "$@"

	sum_up
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main "$@"
exit $?
