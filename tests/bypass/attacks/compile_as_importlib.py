# A string is compiled as if importlib held it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
space = {}
exec(compile("import os as got", "<frozen importlib._bootstrap>", "exec"),
     space)
got = space["got"]
