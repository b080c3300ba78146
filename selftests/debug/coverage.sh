#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# coverage.sh FOUND OUT [PERCENT] - what runs of the module built with GCOV_PROFILE=y have
# covered of it, added up: FOUND/*/ are the folders that guest.sh filled. Writes OUT/summary,
# the figures; OUT/lines.txt, the numbers of the lines that were never run, by file; and
# OUT/index.html. Fails when less than PERCENT [90] of the lines were run.
set -euo pipefail
cd "$(dirname "$0")/../.."
found=$1 out=$2 want=${3:-90}

# Under the debugfs of a guest lies the folder that the module was built in, on this machine.
objects=$(find "$found" -name main.gcda -printf '%P\n' -quit)
objects=/${objects#*/}
objects=${objects%/kernel/main.gcda}
[ -e "$objects/kernel/main.gcno" ] || { echo "coverage: no data in $found" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out"
sum=$out/sum
for run in "$found"/*; do
	[ -e "$run$objects" ] || continue
	if [ -e "$sum" ]; then
		gcov-tool merge -o "$sum.new" "$sum" "$run$objects/kernel" > /dev/null
		rm -rf "$sum"
		mv "$sum.new" "$sum"
	else
		cp -r "$run$objects/kernel" "$sum"
	fi
done
find "$objects/kernel" -name '*.gcno' -exec ln -sf -t "$sum" {} +

gcovr -r "$objects" --gcov-ignore-parse-errors --object-directory "$sum" \
	--filter "$objects/kernel/" --html-details "$out/index.html" --txt "$out/lines.txt" \
	--json-summary "$out/summary.json" "$sum" > "$out/gcovr.log" 2>&1 ||
	{ tail -n 20 "$out/gcovr.log" >&2; exit 1; }
python3 - "$out/summary.json" "$want" > "$out/summary" << 'PY'
import json
import sys

with open(sys.argv[1]) as file:
    all = json.load(file)
for what, many in ("line", "lines"), ("branch", "branches"), ("function", "functions"):
    print(f"# {many}: {all[what + '_covered']} of {all[what + '_total']}, "
          f"{all[what + '_percent']} %")
sys.exit(all["line_percent"] < float(sys.argv[2]))
PY
