#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# one_boot.sh FOLDER COLLECTION:TEST... - in the VM: these tests by the kselftest runner that is
# installed in FOLDER, one after the other, each with the module as it is after a boot. What else
# a test leaves behind has to be no other's matter. Called by kselftest.sh.
set -uo pipefail
cd "$1" || exit 1
shift

# A loaded key holds the module until it is collected, which the kernel does in its own time.
anew() {
	keyctl clear @u
	for _ in $(seq 100); do
		[ -d /sys/module/keymaster ] || break
		rmmod keymaster 2> /dev/null || sleep 0.1
	done
	[ ! -d /sys/module/keymaster ] || return 1
	rm -rf /etc/keymaster /var/lib/keymaster
	modprobe keymaster
}

before=
for name; do
	if [ "$before" ] && ! anew; then
		printf '1..1\nnot ok 1 selftests: %s: %s has left the module in use\n' "$name" "$before"
		exit 1
	fi
	before=$name
	# What is linked to a session keyring of its own ends with the test. keyctl says that it has
	# made one, which is not to be among the results.
	keyctl session - sh -c 'keyctl link @u @s; exec "$@" 2>&3' sh \
		./run_kselftest.sh -t "$name" 3>&2 2> /dev/null
done
