# SPDX-License-Identifier: Apache-2.0
for name in ["tomllib", "ujson", "simplejson", "_winreg", "win32api"]:
    try:
        __import__(name)
    except ImportError:
        print("no", name if name != "tomllib" else "")
try:
    from os import no_such_name
except ImportError as error:
    print(type(error).__name__)
try:
    import work.not_there
except ModuleNotFoundError as error:
    print(error)
