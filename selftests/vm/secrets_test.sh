#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Secrets in the memory of a guest, searched from outside: its memory is a file. The guest uses
# keys and passwords (secrets_guest.py) and asks the host, which knows them, to search
# (secrets_host.py). Run on the host, after the module was built. TAP.
# secrets_test.sh [TEST...]
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-secrets-test.XXXXXX)
host=
cleanup() {
	[ -z "$host" ] || kill "$host"
	rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/share" "$work/files"
cc -O2 -Wall -Wextra -Werror -o "$work/memscan" "$here/memscan.c" || exit 1
truncate -s 512M "$work/memory"
truncate -s 64M "$work/swap"
PYTHONDONTWRITEBYTECODE=1 "$here/../secrets_host.py" "$work/memscan" "$work/share" "$work/files" \
	"$work/memory" "$work/swap" "$work/disk" &
host=$!
while [ ! -e "$work/share/secrets" ]; do
	kill -0 "$host" || exit 1
	sleep 0.1
done
PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -d "$work/files" "$work/disk" 64M || exit 1
"$here/run" -m 512 --memory "$work/memory" --disk "$work/swap" --disk "$work/disk" \
	-s "$work/share" -t 1800 --log "${KM_LOGS:-build/check}/secrets.kernel" -- \
	env PYTHONDONTWRITEBYTECODE=1 "$here/../secrets_guest.py" "$work/share" "$@"
