#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# attacks.sh - fail unless ATTACKS.md has each attack once, with a test or a reason, and every
# test that it names exists. A name in backquotes is `FILE: TEST`. Called by style/check.sh.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
list=ATTACKS.md
attacks=101
bad=0
fault() { echo "$list: $*" >&2; bad=1; }

# Is there a test of this name, in the way that such files have tests?
exists() { # FILE TEST
	case $1 in
	user/ct_*.c) grep -q 'depends on no secret' "$1" ;;
	user/*.c) grep -qF "\"$2\"" "$1" ;;
	fuzz/*_fuzz.c) [ "$1" = "fuzz/$2_fuzz.c" ] && grep -q "target,$2[,)]" fuzz/Makefile ;;
	*.c) grep -qE "^TEST(_F|_F_TIMEOUT)?\(([a-z_]+, )?$2[,)]" "$1" ;;
	*.py) grep -A1 -x '@test' "$1" | grep -qF "def $2(" ;;
	vm/*.sh) grep -qE "^steps $2 |\[$2\]=|^test_$2\(\)" "$1" ;;
	*.sh) grep -qF "\"$2\"" "$1" ;;
	*) return 1 ;;
	esac
}

while IFS= read -r name; do
	file=${name%%: *} test=${name#*: }
	if [ ! -e "$file" ]; then
		fault "there is no $file"
	elif ! exists "$file" "$test"; then
		fault "$file has no test '$test'"
	fi
done < <(sed -n '/^| [0-9]/p' "$list" | grep -o '`[^`]*: [^`]*`' | tr -d '`')

for ((i = 1; i <= attacks; i++)); do
	line=$(grep -E "^\| $i \|" "$list")
	[ -n "$line" ] || { fault "attack $i is not there"; continue; }
	[ "$(wc -l <<< "$line")" = 1 ] || fault "attack $i is there twice"
	grep -qE '`[^`]*: [^`]*`|No test|Not built yet|Does not apply' <<< "$line" ||
		fault "attack $i has neither a test nor a reason"
done
exit $bad
