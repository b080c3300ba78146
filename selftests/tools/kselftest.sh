#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kselftest.sh build | list [debug] | groups | run FILE... - build the tests in selftests/, name
# them, or run some in the VM by the kselftest runner. Each gets a module as it is after a boot:
# what a test leaves in the kernel is no other test's matter. Called by check.sh, which runs
# several at a time. "debug": those in selftests/debug, for which Debian's kernel is not enough.
#
# To boot takes as long as a short test: several FILEs share one boot. "groups" prints those that
# can, a line for each boot. In a file's head, a line "own boot: WHY" says that it can share with
# none, "holds the module: WHY" that no module is anew after it in the same boot, so that it is
# the last; and "vm: OPTIONS" what vm/run is to be told: only files with the same share. With
# "watched: WHY" a debug kernel is to look for lost memory, for which it takes more than twice as
# long; those share with each other only, and so do scripts of the shell.
#
# "run" prints TAP and nothing else on stdout; its status is the VM's (97: the kernel log has
# warnings), not that of the test. The kernel log is kept in build/check/vm/FILE.kernel, or below
# KM_LOGS, by the name of the first FILE.
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
ksft=$top/build/linux-source/tools/testing/selftests
out=$top/build/kselftest/programs
install=$top/build/kselftest/install

collection() { # NAME FOLDER OUTPUT
	local make=(make --no-print-directory -C "$2" "KSFT=$ksft" "OUTPUT=$3" "BUILD=$top/build")
	mkdir -p "$3" "$install/$1"
	"${make[@]}"
	"${make[@]}" -s "INSTALL_PATH=$install/$1" install
	"${make[@]}" -s "COLLECTION=$1" emit_tests >> "$install/kselftest-list.txt"
	# The guest cannot keep what it compiles: it would do it anew in every boot.
	/usr/bin/python3 -m compileall -q "$install/$1"
}

build() {
	selftests/tools/linux-source.sh
	rm -rf "$install"
	collection keymaster selftests "$out"
	collection keymaster-debug selftests/debug "$out/debug"
	cp -r "$ksft/run_kselftest.sh" "$ksft/kselftest" "$install/"
}

head_of() { # FILE KEY: what its head says of it
	local source
	source=$(find selftests selftests/debug -maxdepth 1 -name "$1" -o -maxdepth 1 -name "$1.c")
	sed -n "1,12s/^\(#\| \*\) $2: //p" "$source"
}

run() { # FILE...
	local file options tests=()
	for file; do
		if [ -e "$install/keymaster-debug/$file" ]; then
			tests+=("keymaster-debug:$file")
		else
			tests+=("keymaster:$file")
		fi
	done
	read -ra options <<< "$(head_of "$1" vm)"
	[ "$(head_of "$1" watched)" ] || export KM_VM_LEAN=yes
	# The only time limit: the runner's, in "settings", is off, because it goes by the guest's
	# clock, which leaps where a test asks for it.
	exec selftests/vm/run "${options[@]}" -t 2400 --log "${KM_LOGS:-build/check}/vm/$1.kernel" -- \
		env KM_TOP="$top" KM_WHOLE="${KM_WHOLE-}" selftests/tools/one_boot.sh "$install" "${tests[@]}"
}

list() { # [debug]
	sed -n "s/^keymaster${1:+-$1}://p" "$install/kselftest-list.txt"
}

kind() { # FILE: the same for those that can share a boot
	if [ "$(head_of "$1" watched)" ]; then
		echo "watched $(head_of "$1" vm)"
	else
		echo "${1##*.} $(head_of "$1" vm)"
	fi
}

# Of a boot, so that several of them run at a time and none is long. Scripts of the shell take
# longest, since they start a program for everything.
most() { [[ $1 = sh* ]] && echo 4 || echo 8; }

groups() {
	local file options
	local -A group=() count=() holders=()
	for file in $(list); do
		[ -z "$(head_of "$file" 'holds the module')" ] || holders[$(kind "$file")]+="$file "
	done
	for file in $(list); do
		options=$(kind "$file")
		[ -z "$(head_of "$file" 'holds the module')" ] || continue
		if [ "$(head_of "$file" 'own boot')" ]; then
			echo "$file"
			continue
		fi
		group[$options]+="$file "
		count[$options]=$((${count[$options]:-0} + 1))
		[ "${count[$options]}" = "$(most "$options")" ] || continue
		end_of_group
	done
	for options in "${!group[@]}"; do end_of_group; done
	for options in "${!holders[@]}"; do printf '%s' "${holders[$options]// /$'\n'}"; done
}

# After the last one of a boot nobody needs another module.
end_of_group() {
	local rest=${holders[$options]:-}
	echo "${group[$options]}${rest%% *}"
	holders[$options]=${rest#* }
	unset "group[$options]" "count[$options]"
}

case ${1:-},$# in
build,1) build ;;
list,[12]) list "${2:-}" ;;
groups,1) groups ;;
run,1) echo "usage: kselftest.sh run FILE..." >&2; exit 2 ;;
run,*) shift; run "$@" ;;
*) echo "usage: kselftest.sh build | list [debug] | groups | run FILE..." >&2; exit 2 ;;
esac
