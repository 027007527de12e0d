# runpy runs a package and gives it arguments.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import runpy
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "runs").mkdir()
(folder / "runs" / "__init__.py").write_text("import glob\n")
(folder / "runs" / "__main__.py").write_text(
    "import argparse\nfrom . import glob\nimport sys\n"
    "if __name__ == '__main__':\n"
    "    parser = argparse.ArgumentParser()\n"
    "    parser.add_argument('--n', type=int)\n"
    "    result = parser.parse_args(['--n', '3']).n\n")
sys.path.insert(0, str(folder))
got = runpy.run_module("runs", run_name="__main__", alter_sys=True)["result"]
assert got == 3
