# SPDX-License-Identifier: Apache-2.0
"""What every suite shares: where the build is, and the command in it."""

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config):
    config.addinivalue_line("markers", "workers: starts workers")


def pytest_collection_modifyitems(items):
    # a worker has neither the addresses nor the system calls of a sanitizer
    skip = pytest.mark.skipif("STOCKADE_SANITIZE" in os.environ,
                              reason="the sanitizers need what a worker lacks")
    for item in items:
        if item.get_closest_marker("workers"):
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def scratch(tmp_path_factory):
    """Temporary files of programs that a test kills go where pytest's do."""
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(tmp_path_factory.mktemp("t"))
    yield
    tempfile.tempdir = before[1]
    if before[0] is None:
        del os.environ["TMPDIR"]
    else:
        os.environ["TMPDIR"] = before[0]


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
