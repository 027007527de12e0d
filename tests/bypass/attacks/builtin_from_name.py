# importlib has a short way to built-in modules.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap

importlib._bootstrap.sys.modules.pop("posix")
got = importlib._bootstrap._builtin_from_name("posix")
