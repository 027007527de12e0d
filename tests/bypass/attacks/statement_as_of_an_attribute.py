# A dotted import with an alias takes what an allowed module has imported.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import random
import sys

sys.modules["random._os"] = sys
import random._os as got
