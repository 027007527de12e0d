# _imp unmarshals data as the frozen code of json.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _imp
import marshal

data = marshal.dumps(compile("import os as got", "<frozen json>", "exec"))
space = {"__builtins__": __builtins__, "__name__": "zipimport"}
exec(_imp.get_frozen_object("zipimport", data), space)
got = space["got"]
