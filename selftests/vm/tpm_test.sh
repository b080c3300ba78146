#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the TPM does for the module: each test is steps of tpm_guest.py with a folder, the disk.
# Tests share what boots they can: all that need one only, and those whose disk is put into
# another machine; the rest has boots of its own. Run on the host, after the module was built.
# TAP. tpm_test.sh [TEST...]
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-tpm-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

# run_guest TPM NAME:STEP,STEP...: a boot with that folder of a TPM, "" for none
run_guest() {
	local options=()
	[ -z "$1" ] || options=(--tpm "$1")
	"$here/run" -t 1800 -s "$work" --log "$work/kernel.log" "${options[@]}" -- \
		env PYTHONDONTWRITEBYTECODE=1 "$here/../tpm_guest.py" "$work" "${@:2}"
}

# --- tests that share a boot --------------------------------------------------
declare -A shared=(
	# The state over several loads; then an old file, and none.
	[counter_over_loads]=begin,goes_on,old_is_refused,lost_is_refused
	[counter_unfinished]=unfinished
	[counter_kinds]=kinds
	[counter_meddling]=meddling
	[counter_steps]=steps_only
	[root_damaged]=provision,damaged
	[root_check_values]=check_values
	[root_rotated]=provision,rotate,after_the_rotation
	[root_usual_place]=usual_place
	# A deleted key stays deleted, in this boot and in the next.
	[row_82_rollback_resistance]=row_82_deleted,row_82_after_the_boot
	[rollback_resistance_has_an_end]=as_many_as_there_are
)

succeeded() { # NAME STEPS
	local step
	for step in ${2//,/ }; do
		[ -e "$work/$1/$step.ok" ] || return 1
	done
}

# The disk in the same machine a boot later, in one with another TPM, in one without. The counter
# of a boot's last test is there in the next.
declare -A moved=(
	# Nobody has typed anything.
	[root_same_keys]=provision,same_keys
	[counter_other_tpm]=begin,another_tpm_refuses,no_tpm_no_counter
	[root_other_tpm]=provision,refused_by_another_tpm,invalid_here,refused_without_tpm
)

move() { # the boots of the tests named in "all"
	mkdir "$work/moved.tpm" "$work/another.tpm"
	of_all "$work/moved.tpm" counter_other_tpm:begin root_other_tpm:provision \
		root_same_keys:provision || return
	of_all "$work/moved.tpm" root_same_keys:same_keys || return
	of_all "$work/another.tpm" counter_other_tpm:another_tpm_refuses \
		root_other_tpm:refused_by_another_tpm,invalid_here || return
	! [ -d "$work/root_other_tpm" ] ||
		mv "$work/root_other_tpm/root.tpm.of_a" "$work/root_other_tpm/root.tpm"
	of_all "" counter_other_tpm:no_tpm_no_counter root_other_tpm:refused_without_tpm
}

# of_all TPM NAME:STEPS...: a boot with those of them that are to be run, if any are
of_all() {
	local tests=() test
	for test in "${@:2}"; do
		[ ! -d "$work/${test%:*}" ] || tests+=("$test")
	done
	[ ${#tests[@]} = 0 ] || run_guest "$1" "${tests[@]}"
}

# --- tests with boots of their own ------------------------------------------------
# boot STEP: one step, and it has succeeded
boot() {
	rm -f "$dir/$1.ok"
	run_guest "$tpm" "$name:$1"
	local status=$?
	[ $status = 0 ] && [ -e "$dir/$1.ok" ] && return 0
	[ $status != 0 ] || status=1
	return $status
}

# The file is written, the plug is pulled, the counter has not moved.
test_counter_power_loss() {
	boot begin_and_lose_power
	[ $? = 125 ] && boot goes_on_after_power_loss
}

test_root_pcrs() { boot provision_pcrs && boot other_pcrs; }
test_service() { boot service_first && boot service_again; }

# ---------------------------------------------------------------------------------
mapfile -t own < <(declare -F | sed -n 's/^declare -f test_//p')
all=("$@")
[ $# != 0 ] || all=("${!shared[@]}" "${!moved[@]}" "${own[@]}")
together=()
for name in "${all[@]}"; do
	mkdir "$work/$name" "$work/$name.tpm"
	[ -z "${shared[$name]-}" ] || together+=("$name:${shared[$name]}")
done
whole=0
if [ ${#together[@]} != 0 ]; then
	mkdir "$work/together.tpm"
	run_guest "$work/together.tpm" "${together[@]}" || whole=1
fi > "$work/said.together" 2>&1
move >> "$work/said.together" 2>&1 || whole=1
echo "1..${#all[@]}"
number=0 bad=$whole
for name in "${all[@]}"; do
	number=$((number + 1))
	dir=$work/$name
	tpm=$work/$name.tpm
	steps=${shared[$name]-}${moved[$name]-}
	: > "$work/said"
	if [ "$steps" ]; then
		[ $whole = 0 ] && succeeded "$name" "$steps"
	else
		"test_$name" > "$work/said" 2>&1 < /dev/null
	fi
	if [ $? = 0 ]; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $name"
		bad=1
	fi
done
[ $bad = 0 ] || sed 's/^/# /' "$work/said.together"
exit $bad
