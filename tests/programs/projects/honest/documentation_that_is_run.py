# SPDX-License-Identifier: Apache-2.0
import doctest

import documented

print(doctest.testmod(documented))
