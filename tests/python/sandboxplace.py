# SPDX-License-Identifier: Apache-2.0
"""A place whose program runs strings of code under the profile `agent`."""

import pytest

import guarded


def make(tmp_path, policy="default = allow\ntrusted = @stdlib\n"):
    place = guarded.Place(tmp_path)
    place.profiles = ["agent"]
    place.policy(policy)
    return place


@pytest.fixture
def place(tmp_path):
    return make(tmp_path)
