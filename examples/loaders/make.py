# SPDX-License-Identifier: Apache-2.0
"""Makes recipes.sealed and cookbook.zip of what is in plain/.

    python3 make.py STOCKADE KITCHEN.KEY

STOCKADE is the command, KITCHEN.KEY the secret key of loaders.ini's kitchen.
"""

import os
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PLAIN = os.path.join(HERE, "plain")


def files_of(package):
    for folder, folders, files in sorted(os.walk(os.path.join(PLAIN, package))):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for file in sorted(files):
            path = os.path.join(folder, file)
            with open(path, "rb") as stream:
                yield os.path.relpath(path, PLAIN), stream.read()


def sign(command, key):
    for path, _ in list(files_of("recipes")):
        if path.endswith(".py"):
            subprocess.run([command, "sign", "--key", key, "--root", PLAIN,
                            os.path.join(PLAIN, path)], check=True)


def seal(key):
    sys.path.insert(0, HERE)
    from acme.sealed import crypt

    with open(os.path.join(HERE, "recipes.sealed"), "w") as out:
        for path, data in files_of("recipes"):
            nonce = os.urandom(12)
            out.write("%s %s %s\n" % (path, nonce.hex(), crypt(key, nonce, data).hex()))
            if path.endswith(".minisig"):
                os.unlink(os.path.join(PLAIN, path))


def pack():
    with zipfile.ZipFile(os.path.join(HERE, "cookbook.zip"), "w") as out:
        for path, data in files_of("cookbook"):
            out.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data,
                         zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make.py STOCKADE KITCHEN.KEY")
    sign(*sys.argv[1:])
    with open(os.path.join(HERE, "recipes.key")) as stream:
        seal(bytes.fromhex(stream.read()))
    pack()
