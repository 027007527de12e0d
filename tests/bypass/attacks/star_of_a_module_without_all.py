# A star takes what a module has imported for itself.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
from unittest.loader import *

got = os
