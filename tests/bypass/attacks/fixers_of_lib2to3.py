# lib2to3 imports its fixers by their names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
from lib2to3.refactor import RefactoringTool

sys.modules.pop("socket", None)
try:
    RefactoringTool(["socket"])
except Exception:
    pass
got = sys.modules["socket"]
