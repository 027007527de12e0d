# SPDX-License-Identifier: Apache-2.0
"""A key, and files signed with it by the real minisign."""

import hashlib
import shutil
import subprocess
import time

import pytest

needs_minisign = pytest.mark.skipif(not shutil.which("minisign"),
                                    reason="the program minisign is not installed")


class Key:
    """A key pair without a passphrase."""

    def __init__(self, folder, name="vendor"):
        self.name = name
        self.public_file = folder / (name + ".pub")
        self.secret_file = folder / (name + ".key")
        subprocess.run(["minisign", "-G", "-W", "-f", "-p", str(self.public_file),
                        "-s", str(self.secret_file)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.public = self.public_file.read_text().split("\n")[1]

    def section(self, modules="*", more=""):
        return "[key %s]\npublic = %s\nmodules = %s\n%s" % (
            self.name, self.public, modules, more)

    def sign(self, path, comment, suffix=".minisig"):
        subprocess.run(["minisign", "-S", "-s", str(self.secret_file), "-m", str(path),
                        "-x", str(path) + suffix, "-t", comment],
                       check=True, stdout=subprocess.DEVNULL, input=b"")

    def sign_module(self, path, module, kind="module", **fields):
        self.sign(path, comment(path, module, kind, **fields))


def comment(path, module, kind="module", **fields):
    data = path.read_bytes()
    told = {"kind": kind, "module": module, "package": "", "version": "", "sequence": 0,
            "hash": hashlib.blake2b(data, digest_size=32).hexdigest(), "size": len(data),
            "context": "", "signed": int(time.time()) - 60, "expires": 0}
    told.update(fields)
    return "\t".join(["stockade1"] + ["%s=%s" % pair for pair in told.items()])
