# SPDX-License-Identifier: Apache-2.0
NAME = "bread"
FLOUR = 500


def water(flour=FLOUR):
    return flour * 7 // 10
