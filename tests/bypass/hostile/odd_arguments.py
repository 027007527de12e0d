# Every function that stands in for one of importlib's gets odd arguments.
# SPDX-License-Identifier: Apache-2.0
import builtins
import importlib._bootstrap
import importlib.util
import itertools
import sys
import types

import _imp
import _thread

things = [None, 0, -1, 2 ** 70, "", "json", b"x", [], (), ("x",), {}, sys,
          object, print, types.ModuleType("x"), "\0", "\udc80", ".x", 1.5]
functions = [builtins.__import__, importlib._bootstrap._find_and_load,
             importlib._bootstrap._find_spec, importlib.util.find_spec,
             sys.meta_path[0].find_spec, _imp.create_builtin,
             _imp.create_dynamic, _imp.exec_builtin, _imp.exec_dynamic,
             _imp.get_frozen_object, _imp.init_frozen]
for function in functions:
    for count in range(3):
        for arguments in itertools.product(things, repeat=count):
            try:
                function(*arguments)
            except BaseException:
                pass
for arguments in ((), (1,), (int,), (int, 1), (int, (), 1)):
    try:
        _thread.start_new_thread(*arguments)
    except BaseException:
        pass
got = 1
