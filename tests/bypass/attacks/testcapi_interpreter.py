# The C test module runs a string in an interpreter of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _testcapi

_testcapi.run_in_subinterp("import os\nos.system('echo > proof')")
