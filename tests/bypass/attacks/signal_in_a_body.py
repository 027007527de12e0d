# A signal comes while a library loads, and its handler is bare.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import re
import signal
import sys

sys.modules.pop("gettext", None)
signal.signal(signal.SIGUSR1, functools.partial(__import__, "socket"))
original = re.compile
re.compile = lambda *args: signal.raise_signal(signal.SIGUSR1) \
    or original(*args)
re.compile = functools.partial(
    lambda *args: None) if False else functools.partial(
        signal.pthread_kill, __import__("threading").get_ident())
try:
    import gettext
except Exception:
    pass
finally:
    re.compile = original
signal.raise_signal(signal.SIGUSR1)
got = sys.modules["socket"]
