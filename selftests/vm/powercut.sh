#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The VM is killed at random moments while keys are made, used, upgraded, replaced, deleted, and
# the root key is rotated; after each restart powercut_guest.py verifies what had been reported.
# powercut.sh [-n KILLS] [-s SEED] [-l LANES] [--no-fsync]
#
# A lane is a machine with a disk of its own, and with a TPM in every second one. The disk is a
# file that the guest mounts as ext4 with its usual options: what was only in the guest's memory
# is lost with QEMU. Not what was written and not flushed to the device: the host lives on. What
# kmctl reports is noted outside of the disk at once.
#
# --no-fsync takes fsync() away where keys are made: then some are lost, and this has to say so.
# TERM ends it after the kills of the moment, with what was found until then. A lane that has found
# a fault is kept, and its folder named. Exit status: 0 when there were no faults.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
kills=200 seed=$RANDOM lanes=2 preload=
# The guest works for up to so many ms before it is killed; one kill in so many is before that.
window=6000 early=7

die() { echo "powercut: $*" >&2; exit 2; }

while [ $# -gt 0 ]; do
	case $1 in
	-n) kills=$2; shift ;;
	-s) seed=$2; shift ;;
	-l) lanes=$2; shift ;;
	--no-fsync) preload=nosync.so ;;
	*) die "unknown argument $1" ;;
	esac
	shift
done
work=$(mktemp -d /tmp/km-powercut.XXXXXX)
# Users of the guest that are not root leave something there, too.
chmod 755 "$work"

make_lane() { # DIR TPM
	mkdir -p "$1"/{journal,past,aside} "$1.tpm"
	chmod 777 "$1" "$1/aside"
	truncate -s 512M "$1/disk"
	mkfs.ext4 -q -F "$1/disk" || die "no disk"
	[ -z "$2" ] || : > "$1/tpm"
	[ -z "$preload" ] || cc -shared -fPIC -x c -o "$1/$preload" - << 'END' || die "no compiler"
int fsync(int fd) { (void)fd; return 0; }
int syncfs(int fd) { (void)fd; return 0; }
END
}

milliseconds() { # MOST: some, at random; the lane's own sequence
	local some=$(((RANDOM << 15 | RANDOM) % ($1 + 1)))
	printf '%d.%03d\n' $((some / 1000)) $((some % 1000))
}

# boot DIR NUMBER MODE: in a session of its own; $vm is its number
boot() {
	local tpm=()
	[ ! -e "$1/tpm" ] || tpm=(--tpm "$1.tpm")
	setsid "$here/run" -t 900 -s "$1" "${tpm[@]}" --log "$1/console.$2" -- \
		env PYTHONPYCACHEPREFIX="$1/python" ${preload:+KM_POWERCUT_PRELOAD="$1/$preload"} \
		"$here/../powercut_guest.py" "$1" "$2" "$seed" "$3" > "$1/said.$2" 2>&1 &
	vm=$!
}

# until DIR WORD NUMBER: the guest is so far, or has ended
until_phase() {
	while kill -0 "$vm" 2> /dev/null; do
		! grep -qsxE "$2 $3" "$1/phase" || return 0
		sleep 0.1
	done
	return 1
}

pull_the_plug() {
	local pid
	for pid in $(pgrep -s "$vm" -x qemu-system-x86); do
		kill -KILL "$pid"
	done
}

ended() { # the exit status, whatever signals come meanwhile
	local status
	while :; do
		wait "$vm"
		status=$?
		kill -0 "$vm" 2> /dev/null || return "$status"
	done
}

# What the kernel said in a boot that was killed; see log_faults of run.
bad_log() { # DIR NUMBER
	awk -F '[,;]' '/^[0-9]+,[0-9]+,/ && $1 % 8 <= 4 && !/;hrtimer: interrupt took/' \
		"$1/kmsg.$2" 2> /dev/null
	grep -E 'BUG:|WARNING:|Oops|general protection|Kernel panic' "$1/console.$2"
}

fault() { # DIR NUMBER TEXT
	{
		echo "powercut: seed $seed, boot $2: $3"
		cat "$1/fault" 2> /dev/null
		tail -n 20 "$1/said.$2"
		echo "--- the journals' ends:"
		tail -n 5 "$1"/journal/*
		echo "kept: $1"
	} > "$1.fault"
	return 1
}

# cycle DIR NUMBER: one boot, and its end
cycle() {
	local status word="work|awake" wait
	[ $((RANDOM % early)) = 0 ] || word=work
	boot "$1" "$2" work
	if until_phase "$1" "$word" "$2"; then
		wait=$(milliseconds $window)
		sleep "$wait"
		pull_the_plug
	fi
	ended
	status=$?
	[ ! -e "$1/fault" ] || { fault "$1" "$2" "not what was reported"; return; }
	# 125: it died; and by nothing else.
	[ $status = 125 ] || { fault "$1" "$2" "status $status"; return; }
	[ -z "$(bad_log "$1" "$2")" ] || { fault "$1" "$2" "$(bad_log "$1" "$2")"; return; }
	echo "$2" > "$1.kills"
	rm -f "$1/said.$2" "$1/console.$2" "$1/kmsg.$2"
}

lane() { # NUMBER KILLS
	local dir=$work/$1 number
	RANDOM=$((seed + $1))
	for ((number = 1; number <= $2; number++)); do
		[ ! -e "$work/stop" ] || break
		cycle "$dir" "$number" || return
	done
	boot "$dir" "$number" last
	ended || fault "$dir" "$number" "the last boot: status $?"
}

count() { # WORD: of what the guests have counted
	local lane n sum=0 # a number in the models, which are JSON
	for ((lane = 0; lane < lanes; lane++)); do
		n=$(sed -nE "s/.*\"$1\": ([0-9]+).*/\1/p" "$work/$lane/model" 2> /dev/null)
		sum=$((sum + ${n:-0}))
	done
	echo "$sum"
}

main() {
	local lane pids=() done=0 faults=0
	echo "powercut: seed $seed, $kills kills in $lanes lanes"
	for ((lane = 0; lane < lanes; lane++)); do
		make_lane "$work/$lane" "$([ $((lane % 2)) = 0 ] || echo tpm)"
		lane $lane $(((kills + lanes - 1 - lane) / lanes)) &
		pids+=($!)
	done
	trap ': > "$work/stop"' TERM INT
	for lane in "${!pids[@]}"; do
		while kill -0 "${pids[lane]}" 2> /dev/null; do wait "${pids[lane]}"; done
		done=$((done + $(cat "$work/$lane.kills" 2> /dev/null || echo 0)))
		[ ! -e "$work/$lane.fault" ] || { faults=$((faults + 1)); cat "$work/$lane.fault"; }
	done
	for lane in init generate replace delete use export rotate forget; do
		echo "cut short: $lane, $(count $lane) times"
	done
	echo "$done kills, $(count checks) keys verified," \
		"$(count deletions) deletions verified, $faults faults"
	[ $faults = 0 ] || exit 1
	rm -rf "$work"
}

main
exit 0
