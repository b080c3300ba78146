#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh [PATTERN...] - everything that CI checks: first what the tests need is built, then
# all the rest runs, several jobs at a time. Ends with
# "N passed, N failed, N skipped", and fails if anything failed. A step counts as one; the
# tests of kernel files in userspace (user/...) and in the VM (vm/...) are counted one by one.
# With PATTERNs, only the jobs whose names match, and only what has changed is built for them:
# check.sh 'vm/usage*' checkpatch
# What job NAME printed is kept in build/check/NAME.log, its stderr in NAME.err.
# Called by "make check", after "make deps".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
logs=build/check
processors=$(nproc)
# Every build of the module is one with more warnings, also those that are not for reading
# them: other flags would mean to compile everything again.
export KFLAGS=W=1

# What takes longest is started first, so that nothing is left to run alone in the end. These
# need more than 40 s, in the order of what they need; all others come after them.
longest=(state_test tpm_test powercut_test run_test checkpatch vm/throttle_test.py vm/kmctl_test.sh
	vm/kmctl_algs_test.sh user/gcc/ec_test module-clang vm/kmctl_auth_test.sh
	vm/vectors_rsa_test.py vm/vectors_ec_test.py vm/many_test.py vm/pam_test.py
	user/gcc/ed25519_test vm/rsa_test.py vm/vectors_test.py demo vm/usage_test.py
	vm/blob_test.py vm/lib_calls_test newest counted)

# --- the pool ----------------------------------------------------------------
passed=0 failed=0 skipped=0 ended=0 failures=()
names=() texts=() judges=() commands=()
declare -A job_of=() began=() # by process and by job

add() { # JUDGE NAME TEXT COMMAND...
	judges+=("$1") names+=("$2") texts+=("$3")
	shift 3
	commands+=("${*@Q}")
}

# step NAME DESCRIPTION COMMAND...: one test, judged by the command's status
step() { add by_status "$@"; }

# tests NAME COMMAND...: results counted one by one out of the command's TAP, which is in the
# form of the kselftest runner; its own status counts too, if nothing else has failed
tests() { add by_tap "$1" "$@"; }

# JOB: runs it, and keeps what it took of the processors: seconds of the clock say little of a
# job that others run beside.
timed() {
	local status=0
	eval "${commands[$1]}" || status=$?
	times > "$logs/${names[$1]}.cpu"
	return "$status"
}

start() { # JOB
	local log=$logs/${names[$1]}
	mkdir -p "$(dirname "$log")"
	began[$1]=$SECONDS
	# In a process group of its own, to be ended with all that it has started.
	set -m
	if [ "${judges[$1]}" = by_tap ]; then
		timed "$1" < /dev/null > "$log.log" 2> "$log.err" &
	else
		timed "$1" < /dev/null > "$log.log" 2>&1 &
	fi
	set +m
	job_of[$!]=$1
}

# Waits until one has ended, whatever ended it, and judges it.
reap() {
	local pid job status
	while :; do
		for pid in "${!job_of[@]}"; do
			! kill -0 "$pid" 2> /dev/null || continue
			status=0
			wait "$pid" 2> /dev/null || status=$?
			job=${job_of[$pid]}
			unset "job_of[$pid]"
			ended=$((ended + 1))
			"${judges[$job]}" "${names[$job]}" "$status" "${texts[$job]}" \
				"$((SECONDS - began[$job])) s, $(spent "${names[$job]}")"
			return
		done
		sleep 0.1
	done
}

spent() { # NAME
	awk -F '[ms ]+' '{ s += 60 * ($1 + $3) + $2 + $4 } END { printf "%.0f s of processor\n", s }' \
		"$logs/$1.cpu" 2> /dev/null || echo '? s of processor'
}

fail() { # NAME
	failures+=("$1")
	printf 'not '
}

by_status() { # NAME STATUS TEXT TIME
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$logs/$1.log" | tail -n 60
		fail "$1"
	fi
	echo "ok $ended - $3 ($4)"
}

by_tap() { # NAME STATUS TEXT TIME
	local log=$logs/$1 counts p f s
	counts=$(selftests/tools/tap-sum "$log.log" 2>> "$log.err") || counts='0 1 0'
	read -r p f s <<< "$counts"
	if [ "$2" != 0 ] && [ "$f" = 0 ]; then
		echo "$1: ended with status $2" >> "$log.err"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ "$f" != 0 ]; then
		grep -B 8 -E '^(# )?not ok|# SKIP' "$log.log" | sed 's/^#* */# /' | tail -n 200
		sed 's/^/# /' "$log.err"
		fail "$1"
	else
		sed -n 's/.*# SKIP/# skipped:&/p' "$log.log"
	fi
	echo "ok $ended - $3: $p passed, $f failed, $s skipped ($4)"
}

# run_jobs [PATTERN...]: those that were added whose names match, or all; and forgets them
run_jobs() {
	local job name pattern
	local -A waiting=()
	for job in "${!names[@]}"; do
		[ $# != 0 ] || waiting[${names[$job]}]=$job
		for pattern; do
			# shellcheck disable=SC2053 # it is a pattern
			[[ ${names[$job]} != $pattern ]] || waiting[${names[$job]}]=$job
		done
	done
	if [ ${#waiting[@]} = 0 ]; then
		failed=$((failed + 1))
		echo "not ok - no job is called $*"
	fi
	for name in "${longest[@]}" "${names[@]}"; do
		[ "${waiting[$name]-}" ] || continue
		# One more than there are processors: some wait more than they work.
		[ ${#job_of[@]} -le "$processors" ] || reap
		start "${waiting[$name]}"
		unset "waiting[$name]"
	done
	while [ ${#job_of[@]} -gt 0 ]; do reap; done
	names=() texts=() judges=() commands=()
}

stop_jobs() {
	for pid in "${!job_of[@]}"; do kill -- "-$pid" 2> /dev/null; done
}

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

# COMMAND...: fails also when the output holds a warning. What kbuild says when a kernel
# built by one compiler gets a module built by another is none about the module.
no_warnings() {
	local out status=0
	out=$("$@" 2>&1) || status=$?
	echo "$out"
	! grep -v '^warning: the compiler differs from the one used to build the kernel' \
		<<< "$out" | grep -qiE 'warning:|error:' || return 1
	return "$status"
}

# The compiler's name stands in what it made: LLVM=1 alone is overruled by the CC of
# Debian's headers, without a word.
by_clang() { # DIR
	no_warnings fresh_module "$1" "CC=$PWD/selftests/tools/clang-cc" OBJECT_FILES_NON_STANDARD=y &&
		readelf -p .comment "build/$1/kernel/ec.o" | grep clang
}

# NAME COMMAND...: what it prints in the form of the kselftest runner
nested() {
	local name=$1 status=0
	shift
	echo '1..1'
	"$@" 2>&1 | sed 's/^/# /' || status=$?
	[ "$status" = 0 ] || printf 'not '
	echo "ok 1 selftests: $name"
	return "$status"
}

# -----------------------------------------------------------------------------
main() {
	local version name
	rm -rf "$logs"
	mkdir -p "$logs"
	trap stop_jobs EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	version=$(make -s --no-print-directory print-kver)

	# newest.sh needs root, and a job has no terminal to ask at.
	[ "$(id -u)" = 0 ] || sudo -v

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

	step module-clang "module for $version builds with clang, W=1, without warnings" \
		by_clang "module-clang/$version"
	step module-sparse "module for $version is clean under sparse" \
		no_warnings make module C=2
	step newest "module builds for the newest kernel, W=1, without warnings" \
		selftests/tools/newest.sh
	step layers "no file of the module includes a header of a higher layer" selftests/style/layers.sh
	step spdx "every file has its licence line" selftests/style/spdx.sh
	step attacks "every test that ATTACKS.md names exists" selftests/style/attacks.sh
	step checkpatch "checkpatch --strict has no remark" selftests/style/checkpatch.sh
	for script in selftests/tools/*_test.sh selftests/vm/*_test.sh; do
		name=$(basename "$script" .sh)
		step "$name" "$script" "$script"
	done
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
	while read -r name; do
		tests "vm/$name" selftests/tools/kselftest.sh run "$name"
	done < <(selftests/tools/kselftest.sh list)
	run_jobs "$@"

	[ ${#failures[@]} = 0 ] || printf '# failed: %s\n' "${failures[*]}"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main "$@"
exit $?
