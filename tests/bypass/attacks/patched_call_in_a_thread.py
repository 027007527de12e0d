# A thread loads a library whose body calls a bare import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import functools
import importlib
import re
import sys
import time

sys.modules.pop("gettext", None)
original = re.compile
re.compile = functools.partial(__import__, "os")
_thread.start_new_thread(importlib.import_module, ("gettext",))
end = time.monotonic() + 5
while not hasattr(sys.modules.get("gettext"), "_token_pattern") \
        and time.monotonic() < end:
    time.sleep(0.01)
re.compile = original
got = sys.modules["gettext"]._token_pattern
