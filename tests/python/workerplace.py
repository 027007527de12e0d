# SPDX-License-Identifier: Apache-2.0
"""A place with a package `plugins` whose modules run in workers."""

import json
import os
import subprocess

import pytest

import guarded

POLICY = guarded.dedent("""
    default = allow
    trusted = @stdlib

    [modules]
    plugins = allow
    plugins.* = sandbox:strict
""")

DENYING = guarded.CLOSED + guarded.dedent("""
    plugins = allow
    plugins.* = sandbox:strict
""")

# Asks each of `calls` of plugins.reports, and says what came of it.
ASK = """
    import plugins.reports as r
    for call in %r:
        try:
            print(getattr(r, call[0])(*call[1:]))
        except ModuleNotFoundError as error:
            print("denied", str(error).split("'")[1])
"""


def with_profile(lines, policy=POLICY):
    """The policy, with what the profile `strict` has of its own."""
    return policy + "\n[sandbox strict]\n" + guarded.dedent(lines)


# For a machine that is busy with tests.
PATIENT = with_profile("deadline = 60s\n")


def make(tmp_path, policy=POLICY, package=""):
    place = guarded.Place(tmp_path)
    place.policy(policy)
    place.write("plugins/__init__.py", package)
    return place


@pytest.fixture
def place(tmp_path):
    return make(tmp_path)


def ask(place, calls):  # noqa: F811
    done = place.install(ASK % (calls,))
    assert done.code == 0, done.err
    return done


def closes_ports():
    """Whether the kernel of this machine keeps a worker to its ports."""
    told = subprocess.run([os.path.join(guarded.BUILD, "stockade"), "doctor", "--format", "json"],
                          stdout=subprocess.PIPE).stdout
    return json.loads(told.decode())["sandbox"]["landlock_network"]["present"]
