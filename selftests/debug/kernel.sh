#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh debug | kcsan - build the kernel of machine.config and NAME.config out of Debian's
# linux-source-6.1, with all that building a module for it needs. The last line printed is the
# folder, build/debug/NAME: boot/vmlinuz for "vm/run -k", lib/modules/VERSION, and build, the
# KDIR of "make module".
#
# Does nothing, and quickly, where the kernel is there already and neither the configuration
# nor the source has changed; with a ccache that knows the files it takes a minute or two,
# from nothing about six minutes of two processors. Called by check.sh of this folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
top=$PWD
name=${1:-}
[ $# = 1 ] && [ -e "selftests/debug/$name.config" ] ||
	{ echo "usage: kernel.sh debug | kcsan" >&2; exit 2; }

selftests/tools/deps.sh debug >&2
archive=/usr/src/linux-source-6.1.tar.xz
fragments=(selftests/debug/machine.config "selftests/debug/$name.config")
out=$top/build/debug/$name

is_there() {
	[ "$(cat "$out/stamp" 2> /dev/null)" = "$stamp" ] && echo "$out"
}

main() {
	# The version of the package says more than the archive's date, and less than its size.
	source_id=$(dpkg-query -W -f '${Version}' linux-source-6.1)
	stamp=$(cat "${fragments[@]}" "$0" <(echo "$source_id") | sha256sum | cut -c 1-16)
	is_there && return

	# Of those who want one kernel one builds it; what is there needs not wait for another.
	mkdir -p build/debug
	exec 9> build/debug/lock
	flock 9
	is_there && return

	# --- the source ---------------------------------------------------------------
	tree=$top/build/debug/linux-source-$source_id
	if [ ! -d "$tree" ]; then
		echo "unpacking $archive" >&2
		rm -rf build/debug/linux-source-* build/debug/part
		mkdir build/debug/part
		tar -C build/debug/part -xf "$archive" --strip-components=1
		mv build/debug/part "$tree"
	fi

	# --- the configuration --------------------------------------------------------
	# With these, ccache finds what was compiled before: the date would stand in every build.
	build=(make -C "$tree" "O=$out/build" -j "$(nproc)" CC="ccache gcc" HOSTCC="ccache gcc"
		KBUILD_BUILD_TIMESTAMP=2024-01-01 KBUILD_BUILD_USER=km KBUILD_BUILD_HOST=km)

	# And it compiles what is new at once, without preprocessing it first.
	export CCACHE_DEPEND=1

	mkdir -p "$out/build"
	rm -f "$out/stamp"
	cat "${fragments[@]}" > "$out/fragment"
	"${build[@]}" "KCONFIG_ALLCONFIG=$out/fragment" allnoconfig > "$out/config.log" 2>&1 ||
		{ tail -n 30 "$out/config.log" >&2; exit 1; }

	# What depends on something that is off is dropped without a word.
	lost=$(grep -E '^CONFIG_|^# CONFIG_.* is not set$' "$out/fragment" | while read -r line; do
		# Not set is also what does not exist at all.
		case $line in
		'# '*) option=${line#\# } && option=${option%% *}
			! grep -q "^$option=" "$out/build/.config" || echo "$line" ;;
		*) grep -qxF "$line" "$out/build/.config" || echo "$line" ;;
		esac
	done)
	if [ -n "$lost" ]; then
		printf 'kernel.sh: these lines did not survive:\n%s\n' "$lost" >&2
		exit 1
	fi

	# --- the build ----------------------------------------------------------------
	echo "building the $name kernel (build/debug/$name/build.log)" >&2
	"${build[@]}" bzImage modules > "$out/build.log" 2>&1 || { tail -n 30 "$out/build.log" >&2; exit 1; }
	"${build[@]}" "INSTALL_MOD_PATH=$out" modules_install > "$out/install.log" 2>&1 ||
		{ tail -n 30 "$out/install.log" >&2; exit 1; }
	mkdir -p "$out/boot"
	cp "$out/build/arch/x86/boot/bzImage" "$out/boot/vmlinuz"
	echo "$stamp" > "$out/stamp"
	echo "$out"
}

# In one go: the shell reads a script as it runs it, and the file may change meanwhile.
main
exit 0
