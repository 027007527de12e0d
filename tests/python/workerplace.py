# SPDX-License-Identifier: Apache-2.0
"""A place with a package `plugins` whose modules run in workers."""

import os

import pytest

import guarded

# a worker has neither the addresses nor the system calls of a sanitizer
pytestmark = pytest.mark.skipif("STOCKADE_SANITIZE" in os.environ,
                                reason="the sanitizers need what a worker lacks")

POLICY = guarded.dedent("""
    default = allow
    trusted = @stdlib

    [modules]
    plugins = allow
    plugins.* = sandbox:strict
""")


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    return place
