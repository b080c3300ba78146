#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# memdump.py PID - all memory of a process that it could read itself, to standard output.
# For the demo and the tests, which look for key bytes where there must be none.

import re
import sys

pid = int(sys.argv[1])
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
    for line in maps:
        start, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
        if "r" not in rights or "[vvar]" in line or "[vsyscall]" in line:
            continue
        mem.seek(int(start, 16))
        left = int(end, 16) - int(start, 16)
        while left:
            data = mem.read(min(left, 1 << 20))
            if not data:
                break
            sys.stdout.buffer.write(data)
            left -= len(data)
