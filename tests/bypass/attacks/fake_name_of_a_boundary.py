# A frame of the plugin looks like the body of a module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib

space = {"__name__": "json", "__spec__": importlib.__spec__,
         "__package__": "json"}
code = compile("import importlib\ngot = importlib.import_module('os')",
               importlib.__file__, "exec")
importlib._bootstrap._call_with_frames_removed(exec, code, space)
got = space["got"]
