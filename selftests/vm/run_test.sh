#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The VM runner's own tests, on the host, two guests at a time (which shows as well
# that runs do not disturb each other). TAP; fails if any test fails.
# Needs no module; one that is built is not loaded, so that its faults do not count here.
set -uo pipefail
run=$(dirname "$(readlink -f "$0")")/run
work=$(mktemp -d /tmp/km-run-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

vm() { "$run" --no-module --log "$work/$name.klog" "$@"; }

# Each test is a function that fails by returning non-zero; ends NUMBER COMMAND...
# compares a status.
ends() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" = "$want" ] || { echo "status $got, not $want"; return 1; }
}

test_status_77() { ends 77 vm -- sh -c 'exit 77'; }
test_status_signal() { ends 139 vm -- sh -c 'kill -SEGV $$'; }
test_status_not_found() { ends 127 vm -- no-such-command; }

test_panic() {
	ends 125 vm -- sh -c 'echo c > /proc/sysrq-trigger' || return 1
	grep -q 'Kernel panic' "$work/$name.klog"
}

test_timeout() { ends 124 vm -t 8 -- sleep 100; }

test_warning_in_log() {
	ends 97 vm -- sh -c 'echo "<4>planted warning" > /dev/kmsg' 2> "$work/$name.err" || return 1
	grep -q 'planted warning' "$work/$name.err" && grep -q 'planted warning' "$work/$name.klog"
}

test_warning_keeps_status() { ends 3 vm -- sh -c 'echo "<3>planted" > /dev/kmsg; exit 3'; }

test_log_overflow() {
	ends 97 vm -- sh -c 'i=0; l=$(printf "%0900d" 0)
		while [ $i -lt 9000 ]; do echo "<6>$l"; i=$((i + 1)); done > /dev/kmsg'
}

test_long_output() {
	vm -- sh -c 'seq 2000000' > "$work/$name.out" || return 1
	seq 2000000 | cmp - "$work/$name.out" # 15 MB
}

test_output_is_live() { # the first line arrives while the command still runs
	vm -- sh -c 'echo first; sleep 12; echo second' |
		{ read -r line && [ "$line" = first ] && began=$SECONDS && read -r line &&
			[ $((SECONDS - began)) -ge 3 ]; }
}

test_leftovers() { # what is left running does not hold the guest
	ends 0 vm -t 300 -- sh -c 'sleep 1000 & echo started'
}

# --- seen in one boot, the first, which also fills the caches --------------------
args=('a b' "it's" '"$HOME"' $'two\nlines' '' '\n' '*' '`id`' '-k' 'ä' '$(id)' '--')

look_inside() {
	mkdir -p "$work/a dir" "$work/share"
	truncate -s 1M "$work/disk"
	printf 'from the host ' | dd of="$work/disk" conv=notrunc status=none
	cd "$work/a dir" || return
	name=inside
	# The kernel starts modprobe itself, in PID 1's root: af_alg is in no initramfs.
	KM_VM_CPU=-aes vm -c 2 -m 700 -s "$work/share" --disk "$work/disk" --memory "$work/memory" -- sh -c '
		share=$0/share
		pwd > "$share/directory"
		printf "[%s]" "$@" > "$share/arguments"
		echo $(nproc) $(awk "/MemTotal/ { print \$2 }" /proc/meminfo) $(date +%s) > "$share/machine"
		echo x > "$0/private" && touch /etc/vm-was-here /tmp/x /run/x && cp "$0/private" "$share/"
		/usr/bin/python3 -c "import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)" &&
			touch "$share/request_module"
		grep -m 1 ^flags /proc/cpuinfo > "$share/cpu"
		modprobe virtio_blk
		head -c 14 /dev/vda > "$share/disk"
		printf "from the guest" | dd of=/dev/vda conv=fsync status=none
		echo "<5>planted notice" > /dev/kmsg' "$work" "${args[@]}"
	inside=$? ended=$(date +%s)
}

seen() { cat "$work/share/$1"; }

test_arguments() { [ "$(printf '[%s]' "${args[@]}")" = "$(seen arguments)" ]; }
test_directory() { [ "$(seen directory)" = "$work/a dir" ]; }
test_request_module() { [ -e "$work/share/request_module" ]; }
test_notice_in_log() { [ "$inside" = 0 ] && grep -q 'planted notice' "$work/inside.klog"; }

test_overlay() { # the guest writes where it likes and only what it shares reaches the host
	[ "$(seen private)" = x ] && [ ! -e "$work/private" ] && [ ! -e /etc/vm-was-here ]
}

test_machine() { # processors, memory, clock
	local cpus kb seconds
	read -r cpus kb seconds < "$work/share/machine"
	echo "$cpus processors, $kb kB, $seconds s"
	[ "$cpus" = 2 ] && [ "$kb" -gt 500000 ] && [ "$kb" -lt 716800 ] || return 1
	seconds=$((ended - seconds))
	[ "$seconds" -lt 120 ] && [ "$seconds" -gt -3 ]
}

test_cpu() { ! grep -qw aes "$work/share/cpu" && grep -qw pclmulqdq "$work/share/cpu"; }

test_memory() { # what a guest has in memory is in the file
	[ "$(stat -c %s "$work/memory")" = $((700 << 20)) ] && grep -q 'Linux version ' "$work/memory"
}

test_disk() { # both ways
	[ "$(seen disk)" = 'from the host ' ] && [ "$(head -c 14 "$work/disk")" = 'from the guest' ]
}

# --- with boots of their own ------------------------------------------------------
# One process at the limit of its group; asked for, its end is no fault, and a warning still is.
test_oom() {
	local hungry='mkdir /run/cg; mount -t cgroup2 cg /run/cg
		echo +memory > /run/cg/cgroup.subtree_control; mkdir /run/cg/a
		echo 20M > /run/cg/a/memory.max
		sh -c "echo 0 > /run/cg/a/cgroup.procs; exec head -c 100M /dev/zero | tail"
		grep -q "oom_kill [1-9]" /run/cg/a/memory.events'
	ends 97 vm -- sh -c "$hungry" 2> /dev/null || return 1
	ends 97 vm --oom -- sh -c "$hungry && echo '<4>planted' > /dev/kmsg" 2> /dev/null
}

test_tpm() {
	mkdir "$work/$name"
	vm --tpm "$work/$name" -- sh -c 'test -c /dev/tpm0 && test -c /dev/tpmrm0' || return 1
	[ -n "$(ls "$work/$name")" ]
}

# The same loop takes the same number of instructions in every boot, to within a thousandth.
# Many short turns: each is over long before a tick of the timer, so that most see no interrupt,
# however slowly the host lets the guest run. What else differs between boots is held still:
# where things lie in memory, and how Python hashes.
test_icount() {
	local a b
	local loop='import time
def turn():
    t = time.perf_counter_ns()
    i = 0
    while i < 2000:
        i += 1
    return time.perf_counter_ns() - t
print(min(turn() for i in range(500)))'
	counted() {
		vm "$@" -- env PYTHONHASHSEED=0 setarch -R /usr/bin/python3 -I -S -c "$loop"
	}
	a=$(counted --icount) || return 1
	b=$(counted --icount) || return 1
	echo "$a and $b"
	[ $((a > b ? a - b : b - a)) -lt $((a / 1000)) ] && [ "$a" -gt 100000 ]
}

# Half an hour of the guest's, by all its clocks, in less of ours. With a slow
# disk, at which it leaps a minute and more before its clocks have been compared for the first time.
test_leap() {
	mkdir "$work/bin"
	cat > "$work/bin/qemu-system-x86_64" <<-EOF
		#!/bin/sh
		exec strace -f --seccomp-bpf -o /dev/null -e trace=preadv -e inject=preadv:delay_enter=20000 \\
			$(type -P qemu-system-x86_64) "\$@"
	EOF
	chmod +x "$work/bin/qemu-system-x86_64"
	PATH=$work/bin:$PATH vm --leap -t 1800 -- /usr/bin/python3 -c 'import time
clocks = time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC, time.CLOCK_REALTIME
began = [time.clock_gettime(c) for c in clocks]
time.sleep(1800)
gone = [time.clock_gettime(c) - b for c, b in zip(clocks, began)]
print(gone)
assert all(1800 <= s < 1802 for s in gone)'
}

test_bad_options() {
	ends 126 vm --icount --leap -- true || return 1
	ends 126 vm -k /no/such/kernel -- true || return 1
	ends 126 vm -k /etc/passwd -- true || return 1
	ends 126 vm -c many -- true || return 1
	ends 126 vm -s /no/such/folder -- true || return 1
	ends 126 vm --frobnicate -- true || return 1
	ends 126 vm
}

one() { # NAME: run it, keep what it says, and its status in a file
	name=$1
	"test_$name" > "$work/$name.said" 2>&1 < /dev/null
	echo $? > "$work/$name.status"
}

mapfile -t all < <(declare -F | sed -n 's/^declare -f test_//p')
# Without KM_WHOLE every other one, others in each run: nearly each is a boot, and "make check" as
# a whole is another test of the same.
if [ $# != 0 ]; then
	all=("$@")
elif [ -z "${KM_WHOLE-}" ]; then
	mapfile -t all < <(printf '%s\n' "${all[@]}" | shuf -n $(((${#all[@]} + 1) / 2)))
fi
look_inside
echo "1..${#all[@]}"
for name in "${all[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
	one "$name" &
done
wait
number=0 bad=0
for name in "${all[@]}"; do
	number=$((number + 1))
	if [ "$(cat "$work/$name.status")" = 0 ]; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/$name.said"
		echo "not ok $number - $name"
		bad=1
	fi
done
exit $bad
