# SPDX-License-Identifier: Apache-2.0
import runpy

print(runpy.run_path("plugins/first.py")["NAME"])
print(runpy.run_module("plugins.second")["NAME"])
