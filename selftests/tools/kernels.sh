#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernels.sh [-k NAME]... [PATTERN...] - all tests in the VM, on each kernel that we say we run on,
# or on those of -k:
#
#   stock        Debian's own, which is installed
#   backports    the newest of bookworm-backports
#   newest       the newest that the registry has
#   without-aes  stock on a processor without instructions for AES and GHASH
#
# Images and headers are unpacked, not installed. With PATTERNs, only the jobs whose names match:
# kernels.sh -k newest 'newest/aes*'. What a job printed is kept in build/check-kernels. Tells the
# figures of each kernel, and ends with "N passed, N failed, N skipped".
# Called by "make check-kernels".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
logs=build/check-kernels
processors=$(nproc)
export KFLAGS=W=1
longest=()
. selftests/tools/pool.sh

all=(stock backports newest without-aes)
kernels=()
while [ "${1-}" = -k ]; do
	[[ " ${all[*]} " == *" ${2-} "* ]] || { sed -n '3,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }
	kernels+=("$2")
	shift 2
done
[ ${#kernels[@]} != 0 ] || kernels=("${all[@]}")

# The module for it, and as the last line its image.
provide() { # KERNEL
	case $1 in
	stock|without-aes) no_warnings make module &&
		ls "/boot/vmlinuz-$(make -s --no-print-directory print-kver)" ;;
	backports) no_warnings selftests/tools/backports.sh ;;
	newest) no_warnings selftests/tools/newest.sh --image ;;
	esac
}

# What outlives a boot is tested from outside of the VM.
boots=(bridge_boots_test secrets_test state_test tpm_test)

add_tests() { # KERNEL PATTERNS
	local image name environment
	image=$(tail -n 1 "$logs/$1.log")
	environment=(env "KM_VM_KERNEL=$image" "KM_LOGS=$logs/$1")
	[ "$1" != without-aes ] || environment+=(KM_VM_CPU=-aes,-pclmulqdq)
	for name in "${boots[@]}"; do
		step "$1/$name" "$1: $name" "${environment[@]}" "selftests/vm/$name.sh"
	done
	vm_tests "$2" "$1/" "${environment[@]}"
	tests "$1/m32" "${environment[@]}" selftests/tools/m32.sh
}

main() {
	local kernel before figures=()
	rm -rf "$logs"
	mkdir -p "$logs"
	trap stop_jobs EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	step programs "library, tools and the VM's tests build" make -j "$processors" lib tools kselftest
	run_jobs
	for kernel in "${kernels[@]}"; do
		before=("$passed" "$failed" "$skipped")
		step "$kernel" "$kernel: the module builds without warnings" provide "$kernel"
		run_jobs
		if [ "$failed" = "${before[1]}" ]; then
			add_tests "$kernel" "$#"
			run_jobs "$@"
		fi
		figures+=("# $kernel ($(basename "$(tail -n 1 "$logs/$kernel.log")")):" \
			"$((passed - before[0])) passed, $((failed - before[1])) failed," \
			"$((skipped - before[2])) skipped"$'\n')
	done
	printf '%s' "${figures[*]}"
	sum_up
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main "$@"
exit $?
