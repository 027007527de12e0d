# Weak references, context variables and context managers are used.
# SPDX-License-Identifier: Apache-2.0
import contextlib
import contextvars
import gc
import weakref


class Owner:
    pass


ended = []
owner = Owner()
weakref.finalize(owner, ended.append, 1)
del owner
gc.collect()
variable = contextvars.ContextVar("variable", default=0)
contextvars.copy_context().run(variable.set, 5)
with contextlib.ExitStack() as stack:
    stack.callback(ended.append, 2)
    with contextlib.suppress(ZeroDivisionError):
        1 / 0
got = ended + [variable.get()]
assert got == [1, 2, 0]
