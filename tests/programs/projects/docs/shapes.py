# SPDX-License-Identifier: Apache-2.0
"""Shapes, to be documented."""

import math


def area(radius):
    """The area of a circle.

    Args:
        radius: of the circle.
    """
    return math.pi * radius**2
