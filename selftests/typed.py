#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# typed.py [PROMPT=ANSWER]... -- COMMAND... - run a command at a terminal of its own, where
# somebody waits for each prompt and types the answer. What the terminal shows is printed.
# An answer ^C is that key. The status is the command's, or 99: a prompt did not come; 98:
# at a prompt what is typed is shown; 97: at the end it is not.

import os
import pty
import select
import sys
import termios
import time

PATIENCE = 120


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


class Terminal:
    def __init__(self, command):
        self.shown, self.unread = b"", b""
        self.master, self.slave = pty.openpty()
        # Its own end stays open here: what it is like is asked when the command has ended.
        self.pid = os.fork()
        if not self.pid:
            os.close(self.master)
            os.setsid()
            os.close(os.open(os.ttyname(self.slave), os.O_RDWR))
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.execvp(command[0], command)

    def read(self):
        """Waits a moment for more; False when there is none."""
        if not select.select([self.master], [], [], 0.05)[0]:
            return False
        more = os.read(self.master, 4096)
        self.shown += more
        self.unread += more
        return True

    def wait_for(self, prompt):
        end = time.monotonic() + PATIENCE
        while prompt not in self.unread:
            if not self.read() and (time.monotonic() > end or self.ended()):
                return False
        self.unread = self.unread.split(prompt, 1)[1]
        return True

    def ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def converse(self, dialogue):
        for prompt, answer in dialogue:
            if not self.wait_for(prompt.encode()):
                return 99
            if echoes(self.slave):
                return 98
            os.write(self.master, b"\x03" if answer == "^C" else answer.encode() + b"\n")
        return 0

    def end(self):
        while not self.ended():
            self.read()
        while self.read():
            pass
        status = os.waitpid(self.pid, 0)[1]
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def main():
    split = sys.argv.index("--")
    dialogue = [pair.rpartition("=")[::2] for pair in sys.argv[1:split]]
    terminal = Terminal(sys.argv[split + 1:])
    trouble = terminal.converse(dialogue)
    if trouble:
        os.kill(terminal.pid, 9)
    status = terminal.end()
    if not trouble and not echoes(terminal.slave):
        trouble = 97
    sys.stdout.buffer.write(terminal.shown.replace(b"\r\n", b"\n"))
    sys.stdout.buffer.flush()
    sys.exit(trouble or status)


if __name__ == "__main__":
    main()
