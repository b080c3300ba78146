# SPDX-License-Identifier: GPL-2.0-only
# RSA keys made when the tests were built: to look for primes takes an emulated processor ten
# seconds and more. Where there are none, they are made.

import os

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def rsa_2048(number=1):
    """The same key for each number, 1 to 3, as long as the tests are not built anew."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keys")
    try:
        with open(f"{folder}/rsa-{number}.pem", "rb") as file:
            text = file.read()
    except FileNotFoundError:
        return rsa.generate_private_key(65537, 2048)
    # OpenSSL would test the primes, which takes no less time than to find them.
    default_backend()._rsa_skip_check_key = True
    try:
        return load_pem_private_key(text, None)
    finally:
        default_backend()._rsa_skip_check_key = False
