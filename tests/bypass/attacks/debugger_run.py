# The debugger's base runs a statement.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import bdb

space = {}
bdb.Bdb().run("import os as got", space, space)
got = space["got"]
