#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# As failnth_test.py, for what only a TPM does: a root key that it seals, and a state that it
# counts. Its driver's allocations fail as well, and what it could not be asked is not what it
# refused.
# vm: --tpm -
# watched: for what a failure leaves behind

import pathlib

import failing
import km
from failing import walk
from tap import equal, main, test

# The TPM's driver does not always tell why it could not talk to it.
NO_TALK = ("SECURE_HW_COMMUNICATION_FAILED",)
COUNTER, NEW = 1, 2
device = sealed = None


def fresh():
    global device
    failing.device = None
    failing.close_all()
    km.reload()
    failing.device = device = km.Device()


def loaded():
    return device.info()["root_source"] == km.ROOT_TPM


@test
def root_keys():
    global sealed
    fresh()
    walk("CREATE_ROOT_KEY", km.CREATE_ROOT_KEY, lambda: device.create_root(km.ROOT_TPM),
         also=NO_TALK)
    sealed = device.create_root(km.ROOT_TPM)[0]
    walk("LOAD_ROOT_KEY", km.LOAD_ROOT_KEY, lambda: device.load_root(km.ROOT_TPM, sealed),
         done=loaded, also=NO_TALK, again="ROOT_OF_TRUST_ALREADY_SET")


def anew():
    """A state is loaded once: it takes another module to do it again."""
    fresh()
    device.load_root(km.ROOT_TPM, sealed)


@test
def counted_state():
    helper = pathlib.Path("/tmp/failnth-helper")
    helper.write_text("#!/bin/sh\nexec /run/keymaster/bin/kmctl save-state \"$1\"\n")
    helper.chmod(0o755)
    # With NEW: the TPM counts already when it is done again.
    walk("LOAD_STATE", km.LOAD_STATE,
         lambda: device.load_state(helper, "/tmp/failnth-state", flags=COUNTER | NEW),
         done=lambda: device.info()["state"] == 2, also=NO_TALK, again="EEXIST", reset=anew)
    equal(True, len(device.get_state()) > 0, "the state")


if __name__ == "__main__":
    main()
