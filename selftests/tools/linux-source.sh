#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Take the kselftest framework and checkpatch out of Debian's linux-source package,
# into build/linux-source. Their licence is the kernel's; nothing of them is committed.
set -euo pipefail
cd "$(dirname "$0")/../.."
archive=/usr/src/linux-source-6.1.tar.xz
out=build/linux-source
stamp=$out/.stamp-$(stat -c %s-%Y "$archive")
[ ! -e "$stamp" ] || exit 0

part=$out.$$
rm -rf "$part"
mkdir -p "$part"
trap 'rm -rf "$part"' EXIT
self=tools/testing/selftests
members=(scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch
	"$self/kselftest.h" "$self/kselftest_harness.h" "$self/lib.mk"
	"$self/run_kselftest.sh" "$self/kselftest")
tar -C "$part" -xf "$archive" --strip-components=1 "${members[@]/#/linux-source-6.1/}"
touch "$part/${stamp##*/}"
rm -rf "$out"
mv -T "$part" "$out"
