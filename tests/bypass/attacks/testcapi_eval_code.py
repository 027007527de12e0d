# A C test module evaluates code.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _testcapi

names = {"__builtins__": __builtins__}
_testcapi.eval_code_ex(compile("import os as got", "x", "exec"), names)
got = names["got"]
