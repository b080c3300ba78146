#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# backports.sh - build the module, W=1 and without warnings, for the newest kernel of
# bookworm-backports, whose compiler is the one of this Debian. Headers and image are unpacked
# below ~/.cache/keymaster, and installed nowhere. The product: build/module/VERSION/keymaster.ko;
# the last line printed is the bzImage's path, for vm/run -k. Called by kernels.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. selftests/tools/apt-private.sh

mkdir -p "$km_cache"
exec 9> "$km_cache/lock"
flock 9
private_apt_setup
version=$(newest_kernel '+deb12-')
[ -n "$version" ] || { echo "no kernel in bookworm-backports" >&2; exit 1; }
echo "backports: $version"

# The headers' Makefile and those of the two packages behind it say /usr/src and /usr/lib.
headers=$km_cache/headers-$version
unpack_headers() {
	local abi=${version%-amd64}
	rm -rf "$km_cache"/headers-*
	unpack_packages "$headers.of" "linux-headers-$version" "linux-headers-$abi-common" \
		"linux-kbuild-$abi"
	grep -rlI --include=Makefile -e '/usr/src/' -e '/usr/lib/' "$headers.of/usr/src" |
		xargs -r sed -i "s#/usr/src/#$headers/usr/src/#g; s#/usr/lib/#$headers/usr/lib/#g"
	# Links to the package of tools are absolute as well.
	find "$headers.of/usr/src" -type l -printf '%p %l\n' | while read -r link to; do
		[[ $to != /usr/* ]] || ln -sfn "$headers$to" "$link"
	done
	mv "$headers.of" "$headers"
}
[ -d "$headers" ] || unpack_headers

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Without the types for BPF, which nobody asks for here: pahole would have to be installed.
make -j "$(nproc)" module "KDIR=$headers/usr/src/linux-headers-$version" \
	KFLAGS="W=1 CONFIG_DEBUG_INFO_BTF_MODULES=" 2>&1 | tee "$log"
if grep -v '^warning: the compiler differs' "$log" | grep -qiE 'warning:|error:'; then
	echo "backports: warnings" >&2
	exit 1
fi

image=$km_cache/image-$version
unpack_packages "$image" "linux-image-$version" "linux-binary-$version" \
	"linux-modules-$version" "linux-base-$version"
kernel_in "$image"
