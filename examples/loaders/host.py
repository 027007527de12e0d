# SPDX-License-Identifier: Apache-2.0
"""A program whose modules come out of a sealed file and of a zip.

    PYTHONPATH=build/python python3 examples/loaders/host.py imports.jsonl

acme.sealed decrypts `recipes`, acme.shelf reads `cookbook` out of a zip: both
are somebody else's code, and run in workers. The host takes back the source of
`recipes`, verifies its signatures and runs it; `cookbook` stays in its worker.
"""

import os
import pkgutil
import sys

import stockade

HERE = os.path.dirname(os.path.abspath(__file__))


def main(log, ini):
    sys.path.insert(0, HERE)
    stockade.install(ini, audit="file:" + log)
    try:
        import recipes
    except stockade.SignatureError as error:
        print("recipes: refused, %s" % error.reason)
    else:
        print("recipes: %s, %d ml of water" % (recipes.ALL[0], recipes.bread.water()))
        print("notes: %s" % pkgutil.get_data("recipes", "notes.txt").decode().strip())

    import cookbook

    print("cookbook: %s cups, in a %s" % (cookbook.cups(500), type(cookbook).__name__))
    try:
        cookbook.peek(__file__)
    except PermissionError as error:
        print("cookbook: opens no file (%s)" % type(error).__name__)
    print("in the host: %s" % sorted(set(sys.modules) & {"recipes", "cookbook", "acme.sealed",
                                                        "acme.shelf"}))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: host.py LOG [POLICY]")
    main(sys.argv[1], (sys.argv[2:] or [os.path.join(HERE, "loaders.ini")])[0])
