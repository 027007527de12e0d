# SPDX-License-Identifier: Apache-2.0
"""
>>> double(4)
8
>>> import base64
>>> base64.b64encode(b"x")
b'eA=='
"""

import decimal


def double(x):
    return x * 2


def price(text):
    return decimal.Decimal(text) * 2


def lazy():
    import colorsys

    return colorsys.rgb_to_hsv(1, 0, 0)
