# SPDX-License-Identifier: GPL-2.0-only
# tap.sh - what the tests of kmctl share: a folder to work in, and results as TAP.
# Sourced by kmctl*_test.sh, which end with finish.

[ "$(id -u)" = 0 ] || { printf 'TAP version 13\n1..0 # SKIP needs root\n'; exit 4; }
work=$(mktemp -d /tmp/kmctl-test-XXXXXX) || exit 1
# A store of its own: the machine's may hold keys, and the VM sees it.
mkdir -p /var/lib/keymaster
mount -t tmpfs -o mode=700 store /var/lib/keymaster || exit 1
trap 'umount /var/lib/keymaster; rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work" || exit 1
export HOME=$work XDG_DATA_HOME=$work/data
# For what needs nothing but Python's own library: to look for more takes longer than the rest of
# its start.
export plain_python="/usr/bin/python3 -I -S"
tests=0 failed=0
echo "TAP version 13"

# rsa_key NUMBER FILE: one of 2048 bits, made when the tests were built. An emulated processor
# looks for the primes of one for ten seconds and more.
rsa_key() {
	cp "$here/keys/rsa-$1.pem" "$2" 2>/dev/null ||
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2"
}

# authority NAME: a folder of "kmctl ca create", made likewise.
authority() { cp -r "$here/keys/$1" . 2>/dev/null || kmctl ca create "$1"; }

# From here on kmctl stretches passwords with as little as argon2 does: what it does otherwise
# is made to take long, and an emulated processor takes a second for it. Also for other users.
stretch_little() {
	mkdir -m 755 "$work/little" && cp "$here/libargon2.so.1" "$work/little/" || exit 1
	export LD_LIBRARY_PATH=$work/little:${LD_LIBRARY_PATH:-}
}

report() { # STATUS NAME: 0 is ok
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests $2"
		sed 's/^/# /' err out 2>/dev/null | head -n 20
	fi
}

# TEXT: whether it is on one of the streams, and no zero within it. In the emulated VM two processes
# that look for it take longer than kmctl itself.
said() {
	local LC_ALL=C stream part all=
	for stream in out err; do
		while IFS= read -r -d '' part; do all+=$part$'\n'; done <$stream
		all+=$part$'\n'
	done
	[[ $all == *"$1"* ]]
}

# expect STATUS PATTERN NAME COMMAND...: the exit status exactly, and PATTERN in what
# it says on either stream ("" for silence on stderr).
expect() {
	local want=$1 pattern=$2 name=$3 got bad=0
	shift 3
	"$@" >out 2>err </dev/null
	got=$?
	if [ "$got" != "$want" ]; then
		echo "# $*: status $got, not $want"
		bad=1
	elif [ -z "$pattern" ]; then
		[ ! -s err ] || bad=1
	elif ! said "$pattern"; then
		echo "# no \"$pattern\""
		bad=1
	fi
	report $bad "$name"
}

# ok NAME COMMAND...: a condition
ok() {
	local name=$1
	shift
	"$@" >out 2>err
	report $? "$name"
}

sh_ok() { ok "$1" bash -c "set -o pipefail; $2"; }

mode_of() { stat -c %a "$1"; }

# A module without a root key and without versions. By rmmod: modprobe -r would take the
# cipher drivers along, which are slow to load.
reload() {
	[ ! -e /dev/keymaster ] || ${KM_UNLOAD:-rmmod keymaster} || exit 1
	${KM_LOAD:-modprobe keymaster} || exit 1
	chmod 666 /dev/keymaster
}

flip() { # FILE OFFSET: changes one bit
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

finish() {
	echo "1..$tests"
	[ $failed = 0 ]
}
