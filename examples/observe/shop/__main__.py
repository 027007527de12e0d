# SPDX-License-Identifier: Apache-2.0
"""Prints what is in stock and what it is worth."""

import sys

from shop import export, prices

STOCK = {"bolt": 250, "nut": 300, "washer": 1000}


def main(kind):
    worth = {name: prices.worth(name, n) for name, n in STOCK.items()}
    print(export.as_text(worth, kind))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "csv")
