#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# layers.sh [DIR [TABLE]] - fail when a file of kernel/ includes a header of a layer
# above its own, or is in no layer. The table is layers.txt. Called by style/check.sh.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
dir=${1:-$here/../../kernel}
table=${2:-$here/layers.txt}
cd "$dir"

# Every "..." include of every source; the ABI header comes by <linux/keymaster.h>.
grep -Ho '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' ./*.[ch] |
	sed -E 's|^\./||; s|:[^"]*"([^"]*)"| \1|' |
	awk -v table="$table" -v files="$(echo ./*.[ch])" '
	function name(path) {
		sub(/.*\//, "", path)
		sub(/\.[ch]$/, "", path)
		return path
	}
	function fault(text) { print text > "/dev/stderr"; bad = 1 }
	BEGIN {
		while ((getline line < table) > 0) {
			n = split(line, word, " ")
			if (n == 2 && word[1] != "#")
				layer[word[2]] = word[1]
		}
		n = split(files, file, " ")
		for (i = 1; i <= n; i++)
			if (!(name(file[i]) in layer))
				fault(file[i] ": in no layer (see layers.txt)")
	}
	{
		from = layer[name($1)]
		to = layer[name($2)]
		if (!(name($2) in layer))
			fault($1 ": includes " $2 ", which is in no layer")
		else if (from == "any" && to != "any")
			fault($1 ": is for all layers and includes " $2)
		else if (from != "any" && to != "any" && to + 0 < from + 0)
			fault($1 ": layer " from " includes " $2 " of layer " to)
	}
	END { exit bad }'
