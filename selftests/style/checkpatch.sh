#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# checkpatch.sh [--recent] - the kernel's own style checker over our C, strictly: any remark
# fails. Called by style/check.sh; with --recent by tools/check.sh: only what was changed of late,
# see recent-files.sh. All of it takes three minutes.
set -uo pipefail
cd "$(dirname "$0")/../.."
selftests/tools/linux-source.sh || exit 1
bad=0

# check IGNORED FILE...
check() {
	local ignored=$1
	shift
	[ $# -gt 0 ] || return 0
	perl build/linux-source/scripts/checkpatch.pl --no-tree --strict --terse --no-summary \
		--show-types --max-line-length=100 --ignore "$ignored" -f "$@" >&2 || bad=1
}

files() { # PATTERN...: those to check, of those that match
	git ls-files --cached --others --exclude-standard -- "$@" | {
		if [ "$all" ]; then cat; else grep -xF "$recent"; fi
	}
}

all=yes
if [ "${1-}" = --recent ] && recent=$(selftests/tools/recent-files.sh); then all=; fi

# One module for several kernels must ask for the version, and the shim stands in for
# the kernel's own macros: what checkpatch wants used instead is what is defined there.
glue=LINUX_VERSION_CODE,CONSTANT_COMPARISON,NEW_TYPEDEFS,PREFER_DEFINED_ATTRIBUTE_MACRO
glue+=,PREFER_KERNEL_TYPES,COMPLEX_MACRO,MACRO_ARG_REUSE,VOLATILE
# A UAPI header cannot use BIT_ULL(), nor one whose names are those of the library's.
uapi=BIT_MACRO
# Rules about the kernel's own types, helpers and calls mean nothing in a program;
# OpenSSL has names in mixed case; kselftest's fixtures are macros with bodies, and its
# ASSERT and EXPECT need braces around them.
user=PREFER_KERNEL_TYPES,BIT_MACRO,ARRAY_SIZE,CAMELCASE,COMPLEX_MACRO,MACRO_ARG_REUSE,ENOSYS,BRACES
user+=,USE_NEGATIVE_ERRNO,STRCPY,STRLCPY,STRNCPY,SSCANF_TO_KSTRTO,CONSIDER_KSTRTO,VOLATILE
user+=,AVOID_EXTERNS,NEW_TYPEDEFS,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_FALLTHROUGH
user+=,CONST_STRUCT,TRAILING_STATEMENTS,INIT_ATTRIBUTE,UNCOMMENTED_DEFINITION
user+=,EMBEDDED_FUNCTION_NAME,MACRO_WITH_FLOW_CONTROL

mapfile -t shims < <(files kernel/shim.h kernel/compat.h)
mapfile -t headers < <(files 'kernel/uapi/*.h' kernel/tag_text.h)
mapfile -t module < <(files 'kernel/*.[ch]' |
	grep -v -e '^kernel/uapi/' -e '^kernel/shim\.h$' -e '^kernel/compat\.h$' -e '^kernel/tag_text\.h$')
mapfile -t programs < <(files 'lib/*.[ch]' 'tools/*.[ch]' 'selftests/*.[ch]')
check "$glue" "${shims[@]}"
check "$uapi" "${headers[@]}"
# Steps of arithmetic work on variables handed in: such a macro reuses its arguments.
check MACRO_ARG_REUSE "${module[@]}"
check "$user" "${programs[@]}"
rm -f .checkpatch-camelcase.git.* # it leaves this in a repository
exit $bad
