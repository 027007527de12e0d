# SPDX-License-Identifier: Apache-2.0
"""What one piece costs."""

from decimal import Decimal

EACH = {"bolt": Decimal("0.12"), "nut": Decimal("0.05"), "washer": Decimal("0.01")}


def worth(name, pieces):
    return EACH[name] * pieces
