# A dispatcher calls what was registered with it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import xmlrpc.server

dispatcher = xmlrpc.server.SimpleXMLRPCDispatcher()
dispatcher.register_function(importlib.import_module)
got = dispatcher._dispatch("import_module", ("os",))
