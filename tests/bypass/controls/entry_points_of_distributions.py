# Entry points of distributions on the path are found and loaded.
# SPDX-License-Identifier: Apache-2.0
import importlib.metadata
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
info = folder / "honest_plugins-1.0.dist-info"
info.mkdir()
(info / "METADATA").write_text("Metadata-Version: 2.1\n"
                               "Name: honest-plugins\nVersion: 1.0\n")
(info / "entry_points.txt").write_text(
    "[honest.plugins]\nfirst = honest_plugins:make\n"
    "second = json:dumps\n")
(folder / "honest_plugins.py").write_text(
    "import textwrap\ndef make():\n    return textwrap.dedent(' made')\n")
sys.path.insert(0, str(folder))
found = importlib.metadata.entry_points()
group = found.select(group="honest.plugins") if hasattr(found, "select") \
    else found["honest.plugins"]
loaded = {entry.name: entry.load() for entry in group}
got = loaded["first"]()
assert got == "made" and loaded["second"](1) == "1"
assert importlib.metadata.version("honest-plugins") == "1.0"
