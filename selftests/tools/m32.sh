#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# m32.sh - the tests of the ABI, compiled as 32-bit programs, against the 64-bit kernel: each
# call comes in by compat_ioctl. One boot of the VM; TAP in the form of the kselftest runner.
# Only tests that need no other library: 32-bit ones would take a second architecture in dpkg.
# Called by check.sh; needs build/linux-source, which "make kselftest" unpacks.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=(abi_test opfd_test rootkey_test)
out=$PWD/build/kselftest/m32

mkdir -p "$out"
for name in "${programs[@]}"; do
	gcc -m32 -std=gnu11 -O2 -g -Wall -Wextra -Wno-missing-field-initializers -Werror \
		-isystem build/linux-source/tools/testing/selftests -Ikernel/uapi \
		-o "$out/$name" "selftests/$name.c" -lpthread
	readelf -h "$out/$name" | grep -q 'Class: *ELF32'
done

# shellcheck disable=SC2016 # the guest's shell expands it
exec selftests/vm/run -c 2 -t 1800 --log "${KM_LOGS:-build/check}/m32.kernel" -- bash -c '
	cd "$1" || exit 1
	shift
	echo TAP version 13
	echo "1..$#"
	i=0 failed=0
	for name; do
		i=$((i + 1)) not=
		set -o pipefail
		"./$name" 2>&1 | sed "s/^/# /" || { not="not " failed=1; }
		echo "${not}ok $i selftests: m32: $name"
	done
	exit $failed' m32 "$out" "${programs[@]}"
