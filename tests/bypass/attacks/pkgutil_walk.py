# pkgutil walks through packages and imports each.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pathlib
import pkgutil
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "walked").mkdir()
(folder / "walked" / "__init__.py").write_text("import os as got\n")
sys.path.insert(0, str(folder))
list(pkgutil.walk_packages([str(folder)]))
got = sys.modules["walked"].got
