#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# sync.sh DIR - bring the copy of the module's sources in DIR up to date.
# Called by "make module" before kbuild, which writes its objects beside the sources.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1
mkdir -p "$out"
[ -e Kbuild ] || { echo "sync.sh: no Kbuild here" >&2; exit 1; }
cp -u --preserve=timestamps Kbuild "$out/"
cp -ru --preserve=timestamps kernel "$out/"
# A source removed here must not live on there.
find "$out/kernel" -name '*.[chS]' ! -name '*.mod.c' -printf '%P\n' | while read -r file; do
	[ -e "kernel/$file" ] || rm "$out/kernel/$file"
done
