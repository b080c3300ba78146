#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# install_test.sh - what "make install" puts where, used by a program, and taken away again.
# On the host, below a folder of its own. TAP; fails if any test fails.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
n=0 bad=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; bad=1; fi
}

echo "1..6"
quiet=$(make -s --no-print-directory install "DESTDIR=$root" PREFIX=/usr 2>&1 |
	grep -v -e '^Warning: modules_install: missing' -e '^make' -e '^ ' -e ' due to unavail')
[ -z "$quiet" ] || echo "# $quiet"
result "${#quiet}" "install says nothing"
missing=
for file in usr/bin/kmctl usr/include/keymaster.h usr/include/linux/keymaster.h \
		usr/lib/libkeymaster.so.0 usr/lib/libkeymaster.a usr/lib/pkgconfig/libkeymaster.pc \
		usr/share/man/man1/kmctl.1 usr/share/man/man7/keymaster.7 usr/share/bash-completion/completions/kmctl \
		lib/udev/rules.d/60-keymaster.rules usr/share/pam-configs/keymaster \
		"usr/lib/$(${CC:-cc} -print-multiarch)/security/pam_keymaster.so" \
		usr/share/man/man8/pam_keymaster.8 lib/systemd/system/keymaster.service \
		usr/sbin/keymaster-request-key usr/share/man/man8/keymaster-request-key.8 \
		etc/request-key.d/keymaster.conf; do
	[ -e "$root/$file" ] || missing+=" $file"
done
ls "$root"/lib/modules/*/updates/keymaster.ko > /dev/null || missing+=" keymaster.ko"
[ -z "$missing" ] || echo "# missing:$missing"
result "${#missing}" "everything is there"

cat > "$root/program.c" <<'END'
#include <keymaster.h>
#include <string.h>

int main(void)
{
	return strcmp(km_error_name(KM_ERROR_KEY_EXPIRED), "KEY_EXPIRED") != 0;
}
END
flags=$(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$root/usr/lib/pkgconfig \
	pkg-config --cflags --libs libkeymaster) &&
	${CC:-cc} -o "$root/program" "$root/program.c" $flags &&
	LD_LIBRARY_PATH=$root/usr/lib "$root/program"
result $? "a program builds by pkg-config and runs"
LD_LIBRARY_PATH=$root/usr/lib "$root/usr/bin/kmctl" --help > /dev/null
result $? "the installed kmctl runs"
# As it is installed, but for where the program lies.
mkdir "$root/unit"
sed "s#=/usr/bin/#=$root/usr/bin/#" "$root/lib/systemd/system/keymaster.service" \
	> "$root/unit/keymaster.service"
grep -q "^ExecStart=$root/usr/bin/kmctl init" "$root/unit/keymaster.service" &&
	said=$(systemd-analyze verify --man=no "$root/unit/keymaster.service" 2>&1 |
		grep -F keymaster) || said=${said:-}
[ -z "$said" ] || echo "# $said"
result "${#said}" "the unit is one that systemd takes"
rm -r "$root/unit"
make -s --no-print-directory uninstall "DESTDIR=$root" PREFIX=/usr > /dev/null 2>&1
left=$(find "$root" -type f ! -name program ! -name program.c ! -name 'modules.*')
[ -z "$left" ] || echo "# left: $left"
result "${#left}" "uninstall leaves nothing"
exit $bad
