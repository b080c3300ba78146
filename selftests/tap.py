# SPDX-License-Identifier: GPL-2.0-only
# TAP for the script tests: named tests, a plan, kselftest's exit status.
# Start of every *_test.py: functions marked @test, then main().

import errno
import sys
import time
import traceback

import km

_tests = []


class Skip(Exception):
    """This machine cannot show it; says why."""


def test(function):
    _tests.append(function)
    return function


def note(text):
    print("# " + text, flush=True)


def equal(want, got, what=""):
    if want != got:
        raise AssertionError(f"{what}: wanted {want!r}, got {got!r}")


def refused(code, call, *args, **named):
    """The call fails with this Keymaster code and with the errno of its class."""
    try:
        call(*args, **named)
    except km.Refused as e:
        if e.code != code:
            raise AssertionError(f"wanted {code}, got {e}") from None
        if e.errno != km.CODES[code][1]:
            raise AssertionError(f"{code} came with {errno.errorcode[e.errno]}") from None
        return
    raise AssertionError(f"wanted {code}, but it succeeded")


def main():
    """Runs the tests in order, or those whose names are given."""
    chosen = [t for t in _tests if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]]
    failed = 0
    print("TAP version 13")
    print(f"1..{len(chosen)}", flush=True)
    for number, function in enumerate(chosen, 1):
        began, verdict, reason = time.monotonic(), "ok", ""
        try:
            function()
        except Skip as e:
            reason = f" # SKIP {e}"
        except Exception:
            verdict = "not ok"
            failed += 1
            for line in traceback.format_exc().splitlines():
                note(line)
        note(f"{function.__name__}: {time.monotonic() - began:.1f} s")
        print(f"{verdict} {number} {function.__name__}{reason}", flush=True)
    sys.exit(1 if failed else 0)
