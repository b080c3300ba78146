#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# recent-objects.sh - the objects of the module whose source, or a header that it includes, is
# one of recent-files.sh; "modules" where that cannot be told, or KM_WHOLE asks for all. For
# compilers that are asked for their warnings alone. Called by check.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

everything() { echo modules; exit; }

[ -z "${KM_WHOLE-}" ] || everything
changed=$(selftests/tools/recent-files.sh) || everything
declare -A met=()
new=()
for file in $changed; do
	case $file in
	kernel/uapi/*|selftests/tools/clang-cc) everything ;;
	Kbuild) ! git diff -U0 HEAD~50 -- Kbuild | grep -q '^[+-][^+-]*flags' || everything ;;
	kernel/*.[ch]) new+=("${file#kernel/}") ;;
	esac
done
# Who includes a file is as new as it, and so on.
while [ ${#new[@]} -gt 0 ]; do
	file=${new[0]} new=("${new[@]:1}")
	[ -z "${met[$file]-}" ] || continue
	met[$file]=yes
	case $file in *.h)
		while read -r user; do new+=("${user#kernel/}"); done < <(grep -lF "\"$file\"" kernel/*.[ch])
	esac
done
for file in "${!met[@]}"; do
	case $file in *.c) [ ! -e "kernel/$file" ] || echo "kernel/${file%.c}.o" ;; esac
done | sort
