# A class of os is a subclass of object, and its functions have globals.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
got = [kind.__init__.__globals__ for kind in object.__subclasses__()
       if kind.__name__ == "_wrap_close"][0]
