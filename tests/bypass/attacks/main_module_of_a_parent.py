# multiprocessing imports what it takes for the main module of its parent.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
from multiprocessing import spawn

spawn._fixup_main_from_name("subprocess")
got = sys.modules["__mp_main__"]
