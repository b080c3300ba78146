#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# recent-files.sh - the files that the last 50 commits have touched, and those that are not
# committed; fails where the history is not that long, or not there. What had no remark of a
# checker gets none unless it is changed. Called by recent-objects.sh and style/checkpatch.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
git rev-parse -q --verify HEAD~50 > /dev/null
git diff --name-only HEAD~50
git ls-files --others --exclude-standard
