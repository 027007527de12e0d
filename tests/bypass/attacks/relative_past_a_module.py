# A relative import goes up from below a module, and past it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = __import__("", {"__package__": "os.path.x"}, None, ("system",), 3)
