# SPDX-License-Identifier: GPL-2.0-only
# What was reported before the power went: the journal that powercut_guest.py keeps outside of the
# disk, and the keys there must be according to it. Imported by powercut_guest.py.
#
# A journal is lines of JSON. A step is said to begin before kmctl is started, and to be done when
# kmctl has reported success: what began and was not done may have happened or not.

import json
import os


def put(path, data):
    """A file that is there whole or not at all."""
    new = path.with_name(path.name + ".new")
    # Cut short on the host, too: it has become root's and not yet the user's.
    new.unlink(missing_ok=True)
    with open(new, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.rename(new, path)


class Journal:
    """Of one worker. Opened before it becomes another user."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_SYNC, 0o600)

    def say(self, what, **more):
        os.write(self.fd, json.dumps({"say": what, **more}).encode() + b"\n")

    def begin(self, do, **more):
        self.say("begin", do=do, **more)

    def done(self):
        self.say("done")

    def failed(self, text):
        self.say("failed", text=text)


def _lines(path):
    """The last line may be torn: then it says nothing."""
    lines = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1]]


class Model:
    """
    keys: by number: what must be there. number, store, alias, owner (the worker), kind, more
    (plain, counted, resistant, few), limit (of a few), evidence (hex of what the key once made,
    or None), begun and used (uses of a few).
    dead: reported deleted or replaced, newest last; "seen" when that was verified.
    open: steps that began and were not done. exports: directories. loaded: init was reported.
    kept: a key was reported that has something in the state.
    checks, deletions: how often a key was found there, and how many were found to be gone.
    cut: how often a step of each kind was cut short.
    settled: journals of earlier boots say nothing that this does not.
    """

    def __init__(self, path):
        self.path = path
        self.keys, self.dead, self.open = {}, [], []
        self.exports, self.loaded, self.kept, self.cut = [], False, False, {}
        self.checks = self.deletions = self.settled = 0
        if path.exists():
            self.__dict__.update(json.loads(path.read_text()), path=path)

    def save(self):
        """What is settled; dead keys are looked at again for a while."""
        what = dict(self.__dict__, dead=self.dead[-24:], open=[])
        del what["path"]
        put(self.path, json.dumps(what).encode())

    def of(self, store):
        return [key for key in self.keys.values() if key["store"] == store]

    def bury(self, number):
        self.dead.append(dict(self.keys.pop(number), seen=False))

    def replay(self, path):
        pending = None
        for line in _lines(path):
            if line["say"] == "begin":
                pending = line
                self._begin(line)
            elif line["say"] == "done":
                self._done(pending)
                pending = None
            elif line["say"] == "failed":
                pending = None
            elif line["say"] == "evidence":
                self.keys[line["number"]]["evidence"] = line["evidence"]
        if pending:
            self.open.append(pending)

    def _begin(self, line):
        if line["do"] == "use":
            self.keys[line["number"]]["begun"] += 1

    def _done(self, line):
        do = line["do"]
        if do in ("generate", "replace"):
            key = line["key"]
            self.keys[key["number"]] = key
            self.kept = self.kept or key["more"] != "plain"
        if do in ("delete", "replace"):
            self.bury(line["number"])
        if do == "use":
            self.keys[line["number"]]["used"] += 1
        if do == "export":
            self.exports.append(line["path"])
        if do == "init":
            self.loaded = True
