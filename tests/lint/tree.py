# SPDX-License-Identifier: Apache-2.0
"""The source tree as the lints see it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(root=ROOT):
    """Every file that git knows or would know; all files without git."""
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-co",
         "--exclude-standard", "-z"],
        cwd=str(root), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode == 0:
        names = done.stdout.decode().split("\0")
        paths = [root / name for name in names if name]
    else:
        paths = [path for path in root.rglob("*")
                 if not any(part.startswith("build") for part in path.parts)]
    return sorted(path for path in paths if path.is_file())


def c_files(*folders, root=ROOT, suffixes=(".c", ".h")):
    """The C files below these folders."""
    places = [root / folder for folder in folders]
    return [path for path in tracked(root) if path.suffix in suffixes
            and any(place in path.parents for place in places)]
