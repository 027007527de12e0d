# SPDX-License-Identifier: Apache-2.0
"""Where a process of multiprocessing begins: with the guard of its parent.

The parent has it run `start(...)(arguments)` where it would have run
`spawn_main(arguments)`; what it imports for itself it imports first.
"""

import sys

import _stockade


def start(kind, options):
    """Installs the guard; returns what multiprocessing would have called."""
    if kind == "spawn":
        from multiprocessing.spawn import spawn_main as function
    else:
        from multiprocessing.forkserver import main as function
    try:
        _stockade._start_child(**options)
    except (OSError, RuntimeError, ValueError) as error:
        words = error.args[1] if len(error.args) == 2 else error
        sys.stderr.write("stockade: no guard for a process of multiprocessing: %s\n" % (words,))
        sys.exit(3)
    # what led here; what is imported from now on is where it always was
    del sys.path[:3]
    return function
