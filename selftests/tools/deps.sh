#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deps.sh [debug] - install what is missing of the Debian packages that building and testing
# need; with "debug", also those for the kernels of selftests/debug. Called by "make deps", and
# so by "make check" and "make demo"; does nothing, and quickly, where all is there.
set -euo pipefail

packages=(
	# the module; the newest kernel's headers come by selftests/tools/newest.sh
	gcc gcc-multilib make git libc6-dev libjson-c-dev linux-headers-amd64 clang lld llvm sparse
	mmdebstrap
	# the VM
	linux-image-amd64 qemu-system-x86 busybox-static cpio kmod xz-utils zstd iproute2
	swtpm
	# library, tools and user-space tests
	libssl-dev openssl libargon2-dev libpam0g-dev pkg-config valgrind libclang-rt-14-dev
	# the tests
	linux-source-6.1 rsync perl keyutils libkeyutils-dev python3 python3-cryptography
	python3-cryptography-vectors python3-asn1crypto binutils bsdextrautils pamtester sudo
	login passwd systemd strace e2fsprogs procps dmsetup util-linux mount
)
debug_packages=(psmisc flex bison bc libelf-dev lz4 ccache gcovr)
[ "${1-}" != debug ] || packages+=("${debug_packages[@]}")

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
missing=()
for package in "${packages[@]}"; do
	grep -qxF "$package" <<< "$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
root=()
[ "$(id -u)" = 0 ] || root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -q
"${root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
