#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the TPM does for the module: each test is a few boots of the VM that share a folder, the
# disk, and the folder of a TPM. Run on the host, after the module was built. TAP.
# tpm_test.sh [TEST...]
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d /tmp/km-tpm-test.XXXXXX)
trap 'rm -rf "$work"' EXIT

# boot STEP [ARGUMENT...]: a boot in which tpm_guest.py does one step; its folder is DIR
boot() {
	local options=()
	[ -z "$tpm" ] || options=(--tpm "$tpm")
	"$here/run" -t 300 -s "$dir" --log "$dir/kernel.log" "${options[@]}" -- \
		env PYTHONDONTWRITEBYTECODE=1 "$here/../tpm_guest.py" "$dir" "$@"
}

another_tpm() { tpm=$work/another; mkdir "$tpm"; }
no_tpm() { tpm=; }

# The state over boots; then an old file, and none.
test_counter_over_boots() {
	boot begin && boot goes_on && boot old_is_refused && boot lost_is_refused
}

# The file is written, the plug is pulled, the counter has not moved.
test_counter_power_loss() {
	boot begin_and_lose_power
	[ $? = 125 ] && boot goes_on_after_power_loss
}

# The disk in another machine.
test_counter_other_tpm() {
	boot begin && another_tpm && boot another_tpm_refuses && no_tpm && boot no_tpm_no_counter
}

test_counter_unfinished() { boot unfinished; }
test_counter_kinds() { boot kinds; }
test_counter_meddling() { boot meddling; }
test_counter_steps() { boot steps_only; }

# Provision, reboot: the same keys, and nobody has typed anything.
test_root_same_keys() { boot provision && boot same_keys; }

# The disk in a machine with another TPM, and in one without.
test_root_other_tpm() {
	boot provision && another_tpm && boot refused_by_another_tpm &&
		no_tpm && boot refused_without_tpm
}

# A blob of machine A in machine B.
test_blob_of_other_machine() { boot provision && another_tpm && boot invalid_here; }

# Row 82: a deleted key stays deleted, in this boot and in the next.
test_row_82_rollback_resistance() { boot row_82_deleted && boot row_82_after_the_boot; }
test_rollback_resistance_has_an_end() { boot as_many_as_there_are; }
test_root_rotated() { boot provision && boot rotate && boot after_the_rotation; }
test_root_usual_place() { boot usual_place; }

test_root_damaged() { boot provision && boot damaged; }
test_root_pcrs() { boot provision_pcrs && boot other_pcrs; }
test_root_check_values() { boot check_values; }

# The same by the command line of the unit.
test_service() { boot service_first && boot service_again; }

mapfile -t all < <(declare -F | sed -n 's/^declare -f test_//p')
[ $# = 0 ] || all=("$@")
echo "1..${#all[@]}"
number=0 bad=0
for name in "${all[@]}"; do
	number=$((number + 1))
	dir=$work/$name
	tpm=$work/$name.tpm
	mkdir "$dir" "$tpm"
	rm -rf "$work/another"
	if "test_$name" > "$work/said" 2>&1 < /dev/null; then
		echo "ok $number - $name"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $number - $name"
		bad=1
	fi
done
exit $bad
