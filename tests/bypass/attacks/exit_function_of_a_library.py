# At the end of the process a library's function imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import atexit
import pydoc

done = []
atexit.register(done.extend, map(
    lambda module: module.system("echo > proof"),
    map(pydoc.locate, ["os"])))
