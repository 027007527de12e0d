# SPDX-License-Identifier: Apache-2.0
"""Finds modules in a sealed file: each is encrypted with ChaCha20 (RFC 8439).

It runs in a worker, and so it may be anybody's: whoever has the key could
write what he likes, but the host takes nothing without a signature.
"""

import struct
from importlib.machinery import ModuleSpec


def rotate(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


def quarter(x, a, b, c, d):
    for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[p] = (x[p] + x[q]) & 0xFFFFFFFF
        x[r] = rotate(x[r] ^ x[p], n)


def block(key, nonce, number):
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", number) + nonce)
    x = list(start)
    for _ in range(10):
        quarter(x, 0, 4, 8, 12)
        quarter(x, 1, 5, 9, 13)
        quarter(x, 2, 6, 10, 14)
        quarter(x, 3, 7, 11, 15)
        quarter(x, 0, 5, 10, 15)
        quarter(x, 1, 6, 11, 12)
        quarter(x, 2, 7, 8, 13)
        quarter(x, 3, 4, 9, 14)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(x, start)))


def crypt(key, nonce, data):
    out = bytearray()
    for at in range(0, len(data), 64):
        stream = block(key, nonce, 1 + at // 64)
        out += bytes(a ^ b for a, b in zip(data[at:at + 64], stream))
    return bytes(out)


def unseal(sealed, key):
    """{path: bytes}; a line of the file is a path, a nonce and the content."""
    files = {}
    for line in sealed.decode().splitlines():
        path, nonce, content = line.split()
        files[path] = crypt(key, bytes.fromhex(nonce), bytes.fromhex(content))
    return files


class Loader:
    def __init__(self, files, path):
        self.files = files
        self.path = path

    def get_filename(self, name):
        return self.path

    def get_source(self, name):
        return self.files[self.path].decode()

    def get_data(self, path):
        if path not in self.files:
            raise OSError("%s is not in the sealed file" % path)
        return self.files[path]


class Finder:
    def __init__(self, sealed, key):
        self.files = unseal(sealed, bytes.fromhex(key.decode()))

    def find_spec(self, name, path=None, target=None):
        stem = name.replace(".", "/")
        for file, is_package in ((stem + "/__init__.py", True), (stem + ".py", False)):
            if file in self.files:
                return ModuleSpec(name, Loader(self.files, file), is_package=is_package)
        return None
