# The globals of a relative import have a spec with a denied parent.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import types

got = __import__("", {"__package__": None,
                      "__spec__": types.SimpleNamespace(parent="os")},
                 None, ("system",), 1)
