#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# readme_test.sh - the kmctl and openssl lines of the README, run as they stand there.
# A kselftest: needs the module, and no root key loaded that it cannot replace; prints TAP.
set -uo pipefail

here=$(dirname "$(readlink -f "$0")")
for readme in "$here/README.md" "$here/../README.md" "${KM_README-}"; do
	[ ! -f "$readme" ] || break
done
dir=$(mktemp -d)
# An empty store of root's, whatever other tests have left in the machine's own.
mkdir -p /var/lib/keymaster
mount -t tmpfs -o mode=700 store /var/lib/keymaster || exit 1
trap 'umount /var/lib/keymaster; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export HOME=$dir XDG_DATA_HOME=$dir/data

# As root, as in the tests; the examples of every user work for root too.
sudo() { "$@"; }

mapfile -t lines < <(sed -n '/\\$/ { N; s/\\\n */ / }; s/^    //p' "$readme" |
	grep -E '^(sudo )?(kmctl|openssl) ' | sed 's/ *#.*//')
count=${#lines[@]}
echo "TAP version 13"
echo "1..$((count + 1))"
failed=0
if [ "$count" -ge 14 ]; then
	echo "ok 1 the README has its examples"
else
	echo "not ok 1 only $count examples in $readme"
	failed=1
fi

head -c 100000 /usr/bin/bash > file
cp file plain
head -c 32 /dev/urandom > key.bin
mkdir -p /etc/keymaster
rmmod keymaster 2>/dev/null
modprobe keymaster
# The first screen of the README uses a key before it explains the root key.
for line in "${lines[@]}"; do
	case $line in *"kmctl init "*) eval "$line" || exit 1; init=$line ;; esac
done

n=1
for line in "${lines[@]}"; do
	n=$((n + 1))
	want=0
	case $line in
	"$init") echo "ok $n $line"; continue ;;
	"kmctl sign doc "*) want=3 ;;	# the one that is there to be refused
	esac
	rm -f plain.was
	[ ! -e plain ] || cp plain plain.was
	output=$(eval "$line" 2>&1)
	got=$?
	if [ $got = $want ] && cmp -s plain plain.was; then
		echo "ok $n $line"
	else
		echo "# status $got, not $want: $output"
		echo "not ok $n $line"
		failed=1
	fi
done
exit $failed
