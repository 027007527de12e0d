# The plugin's string is run as the program of `python -m stockade run`.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _stockade
import stockade

space = {}
code = compile("import os as got", "x", "exec")
if stockade.current():
    _stockade._run_program(code, space)
else:
    exec(code, space)
got = space["got"]
