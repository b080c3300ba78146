#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# one_boot.sh FOLDER COLLECTION:TEST... - in the VM: these tests out of what kselftest has
# installed in FOLDER, one after the other, each with the module as it is after a boot. What else
# a test leaves behind has to be no other's matter. Called by kselftest.sh.
#
# A single test is run by the kselftest runner. Of several the results are told in its form, but
# by this script: in an emulated processor the runner takes three seconds for each.
set -uo pipefail
cd "$1" || exit 1
shift

# A loaded key holds the module until it is collected, which the kernel does in its own time.
anew() {
	local i
	keyctl clear @u
	for ((i = 0; i < 100; i++)); do
		[ -d /sys/module/keymaster ] || break
		rmmod keymaster 2> /dev/null || sleep 0.1
	done
	[ ! -d /sys/module/keymaster ] || return 1
	rm -rf /etc/keymaster /var/lib/keymaster
	modprobe keymaster
}

runs() { # COLLECTION TEST
	local status=0
	printf 'TAP version 13\n1..1\n# selftests: %s: %s\n' "$1" "$2"
	# A test finds what it needs in its own folder.
	(cd "$1" && exec "./$2") 2>&1 | sed -u 's/^/# /'
	status=${PIPESTATUS[0]}
	case $status in
	0) echo "ok 1 selftests: $1: $2" ;;
	4) echo "ok 1 selftests: $1: $2 # SKIP" ;;
	*) echo "not ok 1 selftests: $1: $2 # exit=$status" ;;
	esac
}

# By the descriptors of stderr and of the results, for keyctl says that it has made a keyring.
in_session() { keyctl session - bash -c 'keyctl link @u @s; "$@" 2>&3' bash "$@" 3>&2 2> /dev/null; }

export -f runs
if [ $# = 1 ]; then
	in_session ./run_kselftest.sh -t "$1"
	exit
fi
before=
for name; do
	if [ "$before" ] && ! anew; then
		printf '1..1\nnot ok 1 selftests: %s: %s has left the module in use\n' "$name" "$before"
		exit 1
	fi
	before=$name
	# What is linked to a session keyring of its own ends with the test.
	in_session runs "${name%:*}" "${name#*:}"
done
