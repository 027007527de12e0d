# SPDX-License-Identifier: Apache-2.0
"""One venv with all the programs, kept in the build folder."""

import os

import pytest

import places

collect_ignore = ["projects"]


@pytest.fixture(scope="session")
def venv(build, stockade, tmp_path_factory):
    folder = build / "programs-venv"
    if not os.access(str(build), os.W_OK):
        folder = tmp_path_factory.mktemp("venv") / "programs"
    try:
        return places.make_venv(places.python_of(stockade), folder)
    except places.Unreachable as unreachable:
        pytest.skip(str(unreachable))
