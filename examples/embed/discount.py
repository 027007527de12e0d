# SPDX-License-Identifier: Apache-2.0
"""A customer's script: ten percent off what is over a hundred."""

from decimal import Decimal

import product

for number, cents in product.orders():
    if Decimal(cents) / 100 > 100:
        product.discount(number, 10)
