#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# spdx.sh - fail when a source file has no licence line at its head, or the wrong one:
# LGPL-2.1-or-later in lib/, GPL-2.0-only elsewhere (headers shared between the
# kernel and programs with the note that lets any program include them). Called by style/check.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0
fault() { echo "$*" >&2; bad=1; }

while read -r file; do
	case $file in
	*.c|*.h|*.S|*.sh|*.py|*.awk|*.map|Makefile|*/Makefile|Kbuild|.ci/run) ;;
	*) head -c 2 "$file" | grep -q '^#!' || continue ;;
	esac
	line=$(head -n 2 "$file" | sed -n 's/.*SPDX-License-Identifier: *//p' | head -n 1)
	line=${line%\*/}
	line=${line%"${line##*[! ]}"}
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
