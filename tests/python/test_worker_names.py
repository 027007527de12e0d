# SPDX-License-Identifier: Apache-2.0
"""Names of site that a worker has: help()."""

import pytest

import workerplace
from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers


def test_help_prints_what_pydoc_knows(place):  # noqa: F811
    done = place.install("""
        with _guard.sandbox("strict") as box:
            done = box.run("help(len)", name="job")
            print(done.output.splitlines()[0], done.denied)
            print("number of items" in done.output, box.run("help.__name__", name="job").value)
    """)
    assert done.out == "Help on built-in function len in module builtins: ()\nTrue help\n", done.out + done.err


def test_help_is_an_import_of_who_asks_for_it(place):  # noqa: F811
    place.policy(workerplace.DENYING.replace("@stdlib = allow", "@stdlib = allow\npydoc = deny"))
    done = place.install("""
        with _guard.sandbox("strict") as box:
            try:
                box.run("help(len)", name="job")
            except ImportError as error:
                print("'pydoc': denied to job by" in str(error), error.__cause__.result.denied)
    """)
    assert done.out == "True (('import', 'pydoc'),)\n", done.out + done.err
