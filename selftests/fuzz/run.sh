#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# run.sh SECONDS|replay [TARGET...] - run the libFuzzer targets, all of them or these: each so
# long, going on from what earlier runs have found, or "replay": its seeds and a few thousand
# inputs made of them, always the same. Prints of each how many inputs, how fast, how many edges
# of the code, and what was found; ends with "N passed, N failed, N skipped".
# What finds a fault is kept in build/fuzz/finds/. Called by "make fuzz" and "make check".
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/build/fuzz
seconds=${1:?"run.sh SECONDS|replay [TARGET...]"}
shift
passed=0 failed=0

# Inputs of one run of the replay.
replayed=3000

make -s --no-print-directory -C selftests/fuzz "OUT=$out" "-j$(nproc)" all
selftests/fuzz/seeds.py "$out/seeds"
mkdir -p "$out/finds"
if [ $# = 0 ]; then
	mapfile -t targets < <(make -s --no-print-directory -C selftests/fuzz "OUT=$out" list)
else
	targets=("$@")
fi

# Longer inputs take longer, and what they could find shows in shorter ones, too.
longest() { # TARGET
	case $1 in
	der|record) echo 512 ;;
	*) echo 2048 ;;
	esac
}

stat() { sed -n "s/^stat::$1: *//p" "$log"; }

# Without ASLR the addresses, and with them the order of what is tried, are the same each time.
run() { # TARGET
	local corpus=$out/corpus/$1 how=("-max_total_time=$seconds")
	if [ "$seconds" = replay ]; then
		corpus=$(mktemp -d)
		how=("-runs=$replayed" -seed=1)
	fi
	mkdir -p "$corpus"
	log=$out/$1.log
	status=0
	ASAN_OPTIONS=allocator_may_return_null=1 "$out/$1" "${how[@]}" -print_final_stats=1 \
		-timeout=20 -rss_limit_mb=2048 "-max_len=$(longest "$1")" "-artifact_prefix=$out/finds/$1-" \
		"$corpus" "$out/seeds/$1" > "$log" 2>&1 || status=$?
	[ "$seconds" != replay ] || rm -r "$corpus"
}

printf '# %-14s %12s %9s %7s %9s\n' target executions per-sec edges corpus
number=0
for target in "${targets[@]}"; do
	run "$target"
	number=$((number + 1))
	read -r edges corpus < <(sed -n 's/.* cov: \([0-9]*\) .* corp: \([0-9]*\).*/\1 \2/p' "$log" |
		tail -n 1) || edges=0 corpus=0
	printf '# %-14s %12s %9s %7s %9s\n' "$target" "$(stat number_of_executed_units)" \
		"$(stat average_exec_per_sec)" "$edges" "$corpus"
	if [ "$status" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $number - $target finds nothing"
	else
		failed=$((failed + 1))
		grep -vE '^#[0-9]|^INFO|^stat::' "$log" | head -n 60 | sed 's/^/# /'
		echo "not ok $number - $target finds nothing"
	fi
done
echo "1..$number"
echo "# $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
