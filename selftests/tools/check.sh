#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check.sh - everything that CI checks, each step one test; then the user-space tests
# and those in the VM, counted one by one. Ends with "N passed, N failed, N skipped",
# and fails if anything failed. The output of each step is kept in build/check/.
# Called by "make check", after "make deps".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
logs=build/check
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0 steps=0
jobs=$(nproc)

# step NAME DESCRIPTION COMMAND...: one test, judged by the command's status
step() {
	local name=$1 text=$2 began=$SECONDS
	shift 2
	steps=$((steps + 1))
	if "$@" > "$logs/$name.log" 2>&1; then
		echo "ok $steps - $text ($((SECONDS - began)) s)"
		passed=$((passed + 1))
	else
		sed 's/^/# /' "$logs/$name.log" | tail -n 60
		echo "not ok $steps - $text ($((SECONDS - began)) s, $logs/$name.log)"
		failed=$((failed + 1))
	fi
}

# tests NAME COMMAND...: results counted one by one out of the command's TAP; its own
# status counts as well, unless what failed is already counted
tests() {
	local name=$1 status=0 began=$SECONDS counts
	shift
	"$@" > "$logs/$name.log" 2> "$logs/$name.err" < /dev/null || status=$?
	counts=$(selftests/tools/tap-sum "$logs/$name.log" 2>> "$logs/$name.err") || counts='0 1 0'
	read -r p f s <<< "$counts"
	if [ "$status" != 0 ] && [ "$f" = 0 ]; then
		echo "$name: ended with status $status" >> "$logs/$name.err"
		f=1
	fi
	if [ "$f" != 0 ]; then
		grep -B 8 -E '^(# )?not ok|# SKIP' "$logs/$name.log" | sed 's/^#* */# /' | tail -n 200
		sed 's/^/# /' "$logs/$name.err"
	else
		sed -n 's/.*# SKIP/# skipped:&/p' "$logs/$name.log"
	fi
	echo "# $name: $p passed, $f failed, $s skipped ($((SECONDS - began)) s, $logs/$name.log)"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Build from nothing, so that no warning hides in an object that is up to date; in a
# folder beside the product's, which something else may be using.
fresh_module() { # DIR MAKE-ARGUMENT...
	local out=$PWD/build/$1
	shift
	rm -rf "$out"
	make -j "$jobs" module "MOUT=$out" "$@"
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
	no_warnings fresh_module "$1" W=1 "CC=$PWD/selftests/tools/clang-cc" \
		OBJECT_FILES_NON_STANDARD=y &&
		readelf -p .comment "build/$1/kernel/ec.o" | grep clang
}

user_tests() { # in the form of the kselftest runner
	local status=0
	echo '1..1'
	# -O: each program's lines together
	make -O -j "$jobs" -C selftests/user "OUT=$PWD/build/user" check > "$logs/user.out" 2>&1 ||
		status=$?
	sed 's/^/# /' "$logs/user.out"
	[ "$status" = 0 ] || printf 'not '
	echo "ok 1 selftests: user"
}

counted_tests() { # likewise; in a VM whose clock counts instructions
	local status=0
	echo '1..1'
	selftests/vm/run --icount -t 600 -- selftests/counted.py > "$logs/counted.out" || status=$?
	sed 's/^/# /' "$logs/counted.out"
	[ "$status" = 0 ] || printf 'not '
	echo "ok 1 selftests: counted"
	return "$status"
}

main() {
	version=$(make -s --no-print-directory print-kver)
	step module "module for $version builds with gcc, W=1, without warnings" \
		no_warnings fresh_module "module-gcc/$version" W=1
	step module-clang "module for $version builds with clang, W=1, without warnings" \
		by_clang "module-clang/$version"
	step module-sparse "module for $version is clean under sparse" \
		no_warnings fresh_module "module-sparse/$version" C=2
	step layers "no file of the module includes a header of a higher layer" selftests/style/layers.sh
	step spdx "every file has its licence line" selftests/style/spdx.sh
	step checkpatch "checkpatch --strict has no remark" selftests/style/checkpatch.sh
	step product "the module builds" make -j "$jobs" module
	step lib "the library builds without warnings" no_warnings make -j "$jobs" lib
	step tools "the tools build without warnings" no_warnings make -j "$jobs" tools
	step kselftest-build "the VM's tests build without warnings" \
		no_warnings selftests/tools/kselftest.sh build
	step newest "module builds for the newest kernel, W=1, without warnings" \
		selftests/tools/newest.sh
	for script in selftests/tools/*_test.sh selftests/vm/*_test.sh; do
		name=$(basename "$script" .sh)
		step "$name" "$script" "$script"
	done
	step demo "the demonstration runs to its end" selftests/demo.sh
	tests user user_tests
	tests counted counted_tests
	tests vm selftests/tools/kselftest.sh run -c 2 -t 1800 --log "$logs/kernel.log"

	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main
exit $?
