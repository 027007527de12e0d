# SPDX-License-Identifier: Apache-2.0
def cups(grams):
    return grams / 125
