# An extension is loaded through a link with another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys
import tempfile
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder

spec = PathFinder.find_spec("_socket")
link = tempfile.mkdtemp() + "/harmless.so"
sys.modules["os"].symlink(spec.origin, link)
loader = ExtensionFileLoader("_socket", link)
got = loader.create_module(ModuleSpec("_socket", loader, origin=link))
loader.exec_module(got)
