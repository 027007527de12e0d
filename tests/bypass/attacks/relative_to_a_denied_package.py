# A relative import stands in a package that is denied.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
space = {"__package__": "os", "__name__": "os"}
exec("from . import system as got", space)
got = space["got"]
