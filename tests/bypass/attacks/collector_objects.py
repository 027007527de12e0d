# The collector knows every module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import gc
import types

got = [thing for thing in gc.get_objects()
       if isinstance(thing, types.ModuleType)
       and thing.__name__ == "os"][0]
