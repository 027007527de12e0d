# SPDX-License-Identifier: Apache-2.0
"""examples/quickstart, on the build that is here: it checks each of its steps
itself."""

import os
import subprocess
import sys

import pytest


def base_python():
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def test_the_quickstart_shows_the_main_job(root, build, stockade):
    has_meson = subprocess.run([base_python(), "-c", "import mesonbuild"],
                               stderr=subprocess.DEVNULL).returncode == 0
    if not has_meson:
        pytest.skip("meson, the program that is shown, is not one of"
                    " %s" % base_python())
    environment = dict(os.environ, STOCKADE_BUILD=str(build))
    environment.pop("PYTHONPATH")
    done = subprocess.run(
        [str(root / "examples/quickstart")], stdin=subprocess.DEVNULL,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("quickstart: done;")
