# SPDX-License-Identifier: GPL-2.0-only
# The published wrapped keys, and how they are opened. Shared by the tests of IMPORT_WRAPPED_KEY.

import pathlib

import km

UNWRAP = [(km.PADDING, km.OAEP), (km.DIGEST, km.SHA256)]


def _vectors():
    values, name = {}, None
    for line in (pathlib.Path(__file__).parent / "vectors/wrapped_key.txt").read_text().split("\n"):
        if line.endswith(" ="):
            name = line[:-2]
            values[name] = ""
        elif line.startswith("  ") and name:
            values[name] += line.strip()
    return {name: bytes.fromhex(value) for name, value in values.items()}


V = _vectors()
