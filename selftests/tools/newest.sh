#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# newest.sh [--image] - build the module, W=1 and without warnings, against the newest
# kernel headers that the Debian registry offers. Those want the compiler and the C
# library of a newer Debian, so they are installed into a small root directory of
# their own, kept in ~/.cache/keymaster/newest-VERSION. The product:
# build/module/VERSION/keymaster.ko. With --image the kernel is fetched as well, and
# the bzImage's path, for vm/run -k, is the last line printed.
set -euo pipefail
cd "$(dirname "$0")/../.."
. selftests/tools/apt-private.sh

[ "$(id -u)" = 0 ] || exec sudo -E "$0" "$@"

mkdir -p "$km_cache"
exec 9> "$km_cache/lock"
flock 9
private_apt_setup
version=$(newest_kernel .)
suite=$(private_apt cache madison "linux-headers-$version" |
	sed -n '1s/.*| [^ ]* \([^/ ]*\)\/main .*/\1/p')
[ -n "$version" ] && [ -n "$suite" ] || { echo "no kernel headers found" >&2; exit 1; }
echo "newest: $version of $suite"

root=$km_cache/newest-$version
install_root() {
	local part=$root.part base=${suite%-backports}
	rm -rf "$part" "$km_cache"/newest-*
	apt-config dump | grep -E '^Acquire::(http|https)::' > "$km_apt/proxies" || true
	mmdebstrap --mode=root --variant=apt --aptopt="$km_apt/proxies" \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
		--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		--include="make,gcc,binutils,linux-headers-$version" "$base" "$part" "$km_apt/sources.newest"
	mv "$part" "$root"
}
if [ ! -d "$root" ]; then
	grep -e " ${suite%-backports} main" -e " $suite main" "$km_apt/sources.list" \
		> "$km_apt/sources.newest"
	install_root
fi

# Kbuild cannot have colons or spaces in the path, and the tree may lie anywhere: the
# copy is built at /module in that root, and brought back.
rm -rf "$root/module"
selftests/tools/sync.sh "$root/module"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# /proc: objtool reads its limits. In a mount namespace of its own; below a plain chroot,
# whose / is no mount, its mounts cannot be made private and are taken away by hand.
propagation=private
unshare -m true 2>/dev/null || propagation=unchanged
unshare -m --propagation $propagation sh -uc 'mount -t proc proc "$1/proc" || exit 1
	trap "umount \"$1/proc\"" EXIT
	LC_ALL=C chroot "$1" make -j "$(nproc)" -C "/usr/src/linux-headers-$2" M=/module W=1 modules' \
	sh "$root" "$version" 2>&1 | tee "$log"
if grep -qiE 'warning:|error:' "$log"; then
	echo "newest: warnings" >&2
	exit 1
fi
mkdir -p "build/module/$version"
cp "$root/module/keymaster.ko" "build/module/$version/"
[ "${1:-}" = --image ] || exit 0

# Since 7.x the image package is empty: the kernel, its modules and its configuration
# are packages of their own.
image=$km_cache/image-$version
unpack_packages "$image" "linux-image-$version" "linux-binary-$version" \
	"linux-modules-$version" "linux-base-$version"
kernel_in "$image"
