# At the end of the process a string is executed.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import atexit

atexit.register(exec, "import os; os.system('echo > proof')", {})
