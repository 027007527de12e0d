# SPDX-License-Identifier: Apache-2.0
"""A place with a package `plugins` whose modules run in workers."""

import pytest

import guarded

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
