# A module that is allowed says that it is another one, and is reloaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import quopri
import sys

quopri.__spec__.name = "socket"
sys.modules["socket"] = quopri
got = importlib.reload(quopri)
