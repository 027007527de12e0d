# Modules that fail to load leave nothing, and tell why.
# SPDX-License-Identifier: Apache-2.0
import importlib
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "fails_x.py").write_text("import json\nraise ValueError('no')\n")
(folder / "wrong_x.py").write_text("def f(:\n")
(folder / "half_x.py").write_text("from fails_x import a\n")
(folder / "exits_x.py").write_text("import sys\nsys.exit(3)\n")
sys.path.insert(0, str(folder))
got = []
for name in ("fails_x", "wrong_x", "half_x", "exits_x", "none_x",
             "json.none_x", "fails_x.sub"):
    try:
        importlib.import_module(name)
    except BaseException as error:
        got.append(type(error).__name__)
    assert name not in sys.modules
assert got == ["ValueError", "SyntaxError", "ValueError", "SystemExit",
               "ModuleNotFoundError", "ModuleNotFoundError", "ValueError"]
