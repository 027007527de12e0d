# SPDX-License-Identifier: Apache-2.0
import math


def root(x):
    import cmath

    return math.sqrt(x) + cmath.phase(1)
