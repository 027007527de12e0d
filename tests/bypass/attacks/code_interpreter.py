# The interactive interpreter of code runs a line.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import code

space = {}
code.InteractiveInterpreter(space).runsource("import os as got")
got = space["got"]
