#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# readme_test.sh [manual] - the examples of the README, or of kmctl(1) and keymaster(7), run as
# they stand there.
# A kselftest, as root; loads the module anew, so that each needs a boot; prints TAP.
# holds the module: uses are counted until the next boot
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
# Beside this file when the tests are installed, where they belong in the tree.
find_file() { ls "$here/$(basename "$1")" "$here/../$1" 2>/dev/null | head -n 1; }

readme_lines() {
	sed -n '/\\$/ { N; s/\\\n */ / }; s/^    //p' "$(find_file README.md)" |
		grep -E '^(sudo )?(kmctl|openssl|printf|dmsetup|keyctl) ' | sed 's/ *#.*//'
}

manual_lines() {
	sed -n '/^\.SH EXAMPLES/,/^\.fi/p' "$(find_file tools/man/kmctl.1)" | sed 's/\\-/-/g' |
		sed -e '/\\e$/ { N; s/\\e\n[[:space:]]*// }' -e 's/\\e/\\/g' | grep -E '^(kmctl|openssl|printf|dmsetup|keyctl) '
	sed -n '/^\.SH EXAMPLES/,$ s/^\$ //p' "$(find_file tools/man/keymaster.7)" |
		sed -e 's/\\-/-/g' -e 's/\\e/\\/g'
}

dir=$(mktemp -d)
trap 'umount /var/lib/keymaster /mnt; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export HOME=$dir XDG_DATA_HOME=$dir/data
mkdir -p /var/lib/keymaster /etc/keymaster
# An empty store of root's: the machine's own, which the VM sees, may hold keys.
mount -t tmpfs -o mode=700 store /var/lib/keymaster || exit 1

# What the examples of volumes and directories name; and a keyring of the session, as after a
# login. Nobody else makes the nodes of volumes where there is no udev.
disks() {
	modprobe -a loop dm-crypt ext4 || return
	truncate -s 1M volume && truncate -s 16M image || return
	mkdir -p /dev/vg
	ln -sf "$(losetup -f --show volume)" /dev/vg/vol
	mkfs.ext4 -q -O encrypt image && mount -o loop image /mnt || return
	keyctl new_session > /dev/null && keyctl link @u @s
	export DM_DISABLE_UDEV=1
}

# As root, as in the tests; the examples for every user work for root too.
sudo() { "$@"; }

n=0 failed=0
result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n $2"; else echo "not ok $n $2"; failed=1; fi
}

# Each line ends as it should and leaves the plain text as it was.
run_line() {
	local line=$1 want=0 got output
	case $line in
	*"kmctl init "*) want=7 ;;		# done beforehand, see below
	"kmctl sign doc "*) want=3 ;;		# the one that is there to be refused
	esac
	cp plain plain.was
	output=$(eval "$line" 2>&1)
	got=$?
	[ $got = $want ] && cmp -s plain plain.was && return
	echo "# status $got, not $want: $output"
	return 1
}

# A module without a root key, an empty store, and the line that loads the key first:
# the README's first screen uses a key before it explains the root key.
start_over() {
	rmmod keymaster 2>/dev/null
	modprobe keymaster || return
	rm -f /var/lib/keymaster/*
	head -c 100000 /usr/bin/bash > file
	cp file plain
	head -c 1000 file > message
	head -c 32 /dev/urandom > key.bin
	eval "$(printf '%s\n' "$@" | grep 'kmctl init ')" > /dev/null
}

case ${1:-} in
"") name=README least=14; mapfile -t lines < <(readme_lines) ;;
manual) name='the manual' least=15; mapfile -t lines < <(manual_lines) ;;
esac
echo "TAP version 13"
echo "1..$((${#lines[@]} + 1))"
[ ${#lines[@]} -ge "$least" ]
result $? "there are examples in $name (${#lines[@]})"
start_over "${lines[@]}" && disks || exit 1
for line in "${lines[@]}"; do
	run_line "$line"
	result $? "$name: $line"
done
exit $failed
