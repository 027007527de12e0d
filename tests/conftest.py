# SPDX-License-Identifier: Apache-2.0
"""What every suite shares: where the build is, and the command in it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    """The top of the source tree."""
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The build folder: $STOCKADE_BUILD, or `build` at the top."""
    folder = Path(os.environ.get("STOCKADE_BUILD") or ROOT / "build")
    if not (folder / "build.ninja").is_file():
        pytest.fail("no build in %s: run tests/run, or meson setup build"
                    " && meson compile -C build" % folder)
    return folder


@pytest.fixture(scope="session")
def stockade(build):
    """The path of the command, as text."""
    command = build / "stockade"
    if not command.is_file():
        pytest.fail("%s was not built" % command)
    return str(command)
