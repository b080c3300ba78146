#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# manual_test.sh - the examples of kmctl(1) and keymaster(7), run as they stand there. A
# kselftest, like readme_test.sh, which does it.
# holds the module: uses are counted until the next boot
exec "$(dirname "$(readlink -f "$0")")/readme_test.sh" manual
