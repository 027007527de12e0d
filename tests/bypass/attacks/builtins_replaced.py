# Code is executed with builtins of the plugin's own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: tripwire
import importlib._bootstrap

space = {"__builtins__": {
    "__import__": importlib._bootstrap.__import__}}
exec("import socket as got", space)
got = space["got"]
