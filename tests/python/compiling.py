# SPDX-License-Identifier: Apache-2.0
"""Machine code for tests, made as they run."""

import os
import subprocess

from signing import plain_python


def compile_c(target, text, *options):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-x", "none", "-o", str(target),
                    *map(str, options)], input=text.encode(), check=True,
                   env={key: value for key, value in os.environ.items() if key != "LD_PRELOAD"})


def include_option():
    """Where Python.h of the very interpreter is."""
    return "-I" + subprocess.run(
        [plain_python(), "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout.strip()
