# breakpoint() calls what the environment names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys

sys.modules["os"].environ["PYTHONBREAKPOINT"] = "os.system"
got = sys.modules["os"].system
breakpoint("exit 0")
