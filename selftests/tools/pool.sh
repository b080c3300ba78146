# SPDX-License-Identifier: GPL-2.0-only
# Jobs, several at a time, and what became of them. Sourced by check.sh and by the one of
# selftests/debug, which set "logs", the folder for what jobs print; "processors", how many run
# beside the one that only waits; and "longest", the names of those that are started first.

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

# Says the figures; fails if anything has.
sum_up() {
	[ ${#failures[@]} = 0 ] || printf '# failed: %s\n' "${failures[*]}"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# vm_tests PATTERNS PREFIX COMMAND...: those of kselftest.sh that any kernel is enough for, as many
# in one boot as can share it; each in its own where their number says that there are patterns
# to choose by. PREFIX is that of their names, COMMAND what is to be called with the test's.
vm_tests() {
	local files name list=groups
	[ "$1" = 0 ] || list=list
	while read -ra files; do
		name=$files
		[ ${#files[@]} = 1 ] || name+="+$((${#files[@]} - 1))"
		tests "$2$name" "${@:3}" selftests/tools/kselftest.sh run "${files[@]}"
	done < <(selftests/tools/kselftest.sh "$list")
}

# --- what jobs call ----------------------------------------------------------
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
