#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# demo.sh - what keymaster does, shown on real data in a throw-away VM.
# Called by "make demo" when everything is built; a step that does not end as it says ends the demo.
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)

if [ "${1-}" != inside ]; then
	exec "$top/selftests/vm/run" -m 2048 -t 580 -- "$top/selftests/demo.sh" inside
fi

dir=$(mktemp -d)
chmod 755 "$dir"
cd "$dir"
export HOME=$dir

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

# Shows a command line and runs it.
run() {
	printf '$ %s\n' "$*"
	eval "$*"
}

# The same, for one that has to be refused, with this exit status.
refused() {
	local want=$1 got=0
	shift
	printf '$ %s\n' "$*"
	eval "$*" || got=$?
	[ "$got" = "$want" ] || { echo "demo: exit status $got, not $want" >&2; exit 1; }
	echo "(exit status $got: refused, as it should be)"
}

say 'The root key: a root-only file, made at the first start'
mkdir -p -m 700 /etc/keymaster
run kmctl init --file /etc/keymaster/root.key
run kmctl status

say 'A key is born in the kernel, and allowed to encrypt and decrypt'
run kmctl generate doc --algorithm aes --size 256 --purpose encrypt,decrypt --mode gcm --no-auth

say '100 MiB of real data through it, as a stream'
tar cf - /usr/bin /usr/lib/x86_64-linux-gnu 2>/dev/null | head -c 104857600 > plain || true
[ "$(stat -c %s plain)" = 104857600 ]
run 'kmctl encrypt doc <plain >sealed'
run 'ls -l plain sealed'
run 'kmctl decrypt doc <sealed | cmp - plain && echo equal'

say 'The same key does not sign'
refused 3 'kmctl sign doc <plain >plain.sig'

say 'A key that signs; OpenSSL verifies with the exported public key'
run kmctl generate sig --algorithm ec --curve p256 --purpose sign,verify --digest sha256 --no-auth
run 'kmctl sign sig </usr/bin/bash >bash.sig'
run 'kmctl export sig --pem >sig.pem'
run openssl dgst -sha256 -verify sig.pem -signature bash.sig /usr/bin/bash
run 'kmctl verify sig --signature bash.sig </usr/bin/bash'

say 'What a key may do stands in its blob, for anyone to read and nobody to change'
run kmctl show sig
run kmctl list

flip() { # FILE OFFSET
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	printf "\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

say 'One flipped byte in the blob'
cp /var/lib/keymaster/sig.blob flipped.blob
flip flipped.blob 200
refused 5 'kmctl sign --blob flipped.blob </usr/bin/bash >/dev/null'

say 'One flipped byte in what was encrypted: not one byte of it comes out'
head -c 1000000 plain | kmctl encrypt doc > short
flip short 5000
refused 4 'kmctl decrypt doc <short >out'
run 'stat -c "%s bytes came out" out'

say 'The blob in the hands of another user'
cp /var/lib/keymaster/sig.blob stolen.blob
chmod 644 stolen.blob
refused 5 'setpriv --reuid=nobody --regid=nogroup --clear-groups kmctl sign --blob stolen.blob </usr/bin/bash >/dev/null'

say 'The memory of a program that uses a key'
printf 'a-key-of-32-bytes-in-plain-ASCII' > known.key
run 'kmctl import known --algorithm aes --purpose encrypt --mode ctr --no-auth --in known.key'
mkfifo pipe
kmctl encrypt known < pipe > /dev/null &
user=$!
exec 3> pipe
printf 'this-text-is-in-the-memory-of-the-program%070000d' 0 >&3
sleep 1
/usr/bin/python3 "$top/selftests/memdump.py" $user > memory
exec 3>&-
wait $user
run 'stat -c "%s bytes of memory" memory'
run 'strings -a memory | grep -c this-text-is-in-the-memory'
refused 1 'strings -a memory | grep a-key-of-32-bytes'

say 'The same blobs under another root key: another machine, a stolen disk'
run rmmod keymaster
run modprobe keymaster
run kmctl init --ephemeral
refused 5 'kmctl sign sig </usr/bin/bash >/dev/null'

say 'And under their own again'
run rmmod keymaster
run modprobe keymaster
run kmctl init --file /etc/keymaster/root.key
run 'kmctl sign sig </usr/bin/bash >again.sig'
run 'kmctl verify sig --signature again.sig </usr/bin/bash'

say 'That was it'
