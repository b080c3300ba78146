#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# run.sh SECONDS | replay FILE... - fuzz the device and the key type in a VM with the debug
# kernel, for so long, going on from what earlier runs have found; or run programs that were
# kept. KASAN, lockdep, UBSAN and kmemleak look on: what they find, and any line of the kernel
# log at level warning or above, fails. Ends with "N passed, N failed, N skipped".
#
# Some commands close something until the next boot, so there is one every few minutes. The
# corpus is in build/fuzz/device/corpus. When the kernel dies, the programs that were running
# are kept in build/fuzz/device/finds: run.sh replay FILE runs just those.
# Called by "make fuzz-device". KM_DEBUG_KERNEL: a folder as debug/kernel.sh makes it.
set -euo pipefail
cd "$(dirname "$0")/../../.."
top=$PWD
dir=$top/build/fuzz/device
here=selftests/fuzz/device
[ $# -gt 0 ] || { echo "usage: run.sh SECONDS | replay FILE..." >&2; exit 2; }
# Of one boot.
most=600

mkdir -p "$dir"/{corpus,things,finds,replayed}
kernel=${KM_DEBUG_KERNEL:-$(selftests/debug/kernel.sh debug | tail -n 1)}
version=$(basename "$kernel"/lib/modules/*)
# Of the kernel, the module alone records what was run: and it does so here only.
make module "KDIR=$kernel/build" "MOUT=$dir/build/module/$version" KFLAGS=KCOV_INSTRUMENT=y \
	> "$dir/module.log" 2>&1 || { tail -n 30 "$dir/module.log" >&2; exit 1; }
gcc -O2 -g -Wall -Wextra -Werror -static -I kernel/uapi -o "$dir/kmfuzz" "$here"/*.c -pthread
selftests/fuzz/seeds.py "$dir/seeds"
for target in keys wrapped x509; do
	for file in "$dir/seeds/$target"/*; do
		cp "$file" "$dir/things/$target-$(basename "$file")"
	done
done

boot() { # SECONDS ARGUMENT...
	local seconds=$1
	shift
	rm -f "$dir/batch"
	KM_BUILD=$dir/build selftests/vm/run -k "$kernel/boot/vmlinuz" -t "$((seconds + 600))" \
		-s "$dir" --log "$dir/kernel.log" -- "$here/guest.sh" "$dir" "$@"
}

status=0
if [ "$1" = replay ]; then
	shift
	rm -f "$dir"/replayed/*
	cp "$@" "$dir/replayed/"
	boot 60 replay "$dir"/replayed/* || status=$?
else
	for ((left = $1; left > 0 && status == 0; left -= most)); do
		seconds=$((left < most ? left : most))
		boot "$seconds" "$seconds" || status=$?
	done
fi
if [ "$status" = 0 ]; then
	echo "1 passed, 0 failed, 0 skipped"
	exit 0
fi
if [ "$status" = 125 ] && [ -e "$dir/batch" ]; then
	find=$dir/finds/$(date +%Y%m%d-%H%M%S)
	mv "$dir/batch" "$find"
	echo "not ok - the kernel died; of what: $here/run.sh replay $find"
else
	echo "not ok - ended with status $status, see $dir/kernel.log"
fi
echo "0 passed, 1 failed, 0 skipped"
exit 1
