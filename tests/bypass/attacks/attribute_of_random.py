# random keeps os under a name of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import random

got = random._os
