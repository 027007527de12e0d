# inspect looks up the module of a function in sys.modules.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import inspect
import random

got = inspect.getmodule(random._urandom)
