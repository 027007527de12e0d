# SPDX-License-Identifier: Apache-2.0
"""Lays the importable package out: stage.py STAMP FOLDER EXTENSION FILES...
With --worker STAMP FOLDER FILES... it adds what workers are started with.

FOLDER gets the extension and the package `stockade`, so that
PYTHONPATH=FOLDER is all that is needed to use what was built.
"""

import os
import shutil
import sys


def place(source, target):
    """Replaces, never writes into: the old file may be mapped."""
    beside = target + ".new"
    shutil.copy(source, beside)
    os.replace(beside, target)


def place_worker(stamp, folder, *files):
    package = os.path.join(folder, "stockade")
    os.makedirs(package, exist_ok=True)
    for name in files:
        place(name, os.path.join(package, os.path.basename(name)))
    with open(stamp, "w"):
        pass


def main():
    if sys.argv[1] == "--worker":
        return place_worker(*sys.argv[2:])
    stamp, folder, extension = sys.argv[1:4]
    files = sys.argv[4:]
    package = os.path.join(folder, "stockade")
    os.makedirs(package, exist_ok=True)
    wanted = {os.path.basename(name) for name in files}
    wanted |= {"__pycache__", "stockade-worker"}
    for name in set(os.listdir(package)) - wanted:
        if name.startswith("_worker."):
            continue
        os.unlink(os.path.join(package, name))
    for name in files:
        place(name, os.path.join(package, os.path.basename(name)))
    place(extension, os.path.join(folder, os.path.basename(extension)))
    with open(stamp, "w"):
        pass


main()
