# logging shuts down what it believes to be a handler.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import logging
import operator

done = []
run = operator.methodcaller("system", "echo > proof")
logging._handlerList.append(functools.partial(
    done.extend, map(run, map(importlib.import_module, ["os"]))))
