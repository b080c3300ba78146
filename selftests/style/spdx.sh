#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spdx.sh - fail when a source file has no licence line at its head, or the wrong one:
# LGPL-2.1-or-later in lib/, GPL-2.0-only elsewhere (headers shared between the
# kernel and programs with the note that lets any program include them). Called by style/check.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0
fault() { echo "$*" >&2; bad=1; }

# Of each file: whether it begins with "#!", and its licence. In one process: there are thousands.
declare -A script=() licence=()
while IFS=$'\t' read -r file bang line; do
	script[$file]=$bang licence[$file]=$line
done < <(git ls-files -z --cached --others --exclude-standard | xargs -0 awk '
	FNR == 1 { bang = (/^#!/ ? "yes" : "no") }
	FNR > 2 { nextfile }
	sub(/.*SPDX-License-Identifier: */, "") || FNR == 2 {
		line = (FNR == 2 && !/^[A-Z]/ ? "" : $0)
		sub(/ *(\*\/)? *$/, "", line)
		print FILENAME "\t" bang "\t" line
		nextfile
	}')

while read -r file; do
	case $file in
	*.c|*.h|*.S|*.sh|*.py|*.awk|*.map|Makefile|*/Makefile|Kbuild|.ci/run) ;;
	*) [ "${script[$file]:-no}" = yes ] || continue ;;
	esac
	line=${licence[$file]:-}
	case $file in
	lib/*) want='LGPL-2.1-or-later' ;;
	# What the library is built with as well.
	kernel/tag_*|kernel/shim.h) want='GPL-2.0-only OR LGPL-2.1-or-later' ;;
	kernel/uapi/*|selftests/bench/kmbench.h) want='GPL-2.0-only WITH Linux-syscall-note' ;;
	*) want='GPL-2.0-only' ;;
	esac
	[ "$line" = "$want" ] || fault "$file: SPDX line '$line', not '$want'"
done < <(git ls-files --cached --others --exclude-standard)
exit $bad
