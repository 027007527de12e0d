# SPDX-License-Identifier: Apache-2.0
"""A place with a module `plug`, which tells what its calls came to."""

import json

import guarded

ASK = """
    import json, stockade
    def tell(ask, *args):
        try:
            ask(*args)
        except (stockade.ImportDenied, stockade.EventDenied) as denied:
            print(json.dumps(["denied", denied.name, denied.importer]))
        except BaseException as other:
            print(json.dumps(["other", type(other).__name__, str(other)]))
        else:
            print(json.dumps(["done"]))
"""


def make(tmp_path, policy):
    place = guarded.Place(tmp_path)
    place.policy(policy)
    place.write("ask.py", ASK)
    return place


def told(place, plug, main="import plug\n"):
    """What the calls of tell() in `plug` came to, and the run."""
    place.write("plug.py", "from ask import tell\n" + plug)
    done = place.install(main)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines() if line.startswith("[")], done
