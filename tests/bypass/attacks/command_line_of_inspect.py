# A program of the standard library imports what its command line names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import inspect
import sys

sys.argv = ["inspect", "ctypes"]
inspect._main()
got = sys.modules.get("ctypes")
