# The importer of built-in modules is a subclass of object.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
found = [kind for kind in object.__subclasses__()
         if kind.__name__ == "BuiltinImporter"]
got = found[0].load_module("posix")
