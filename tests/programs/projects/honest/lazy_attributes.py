# SPDX-License-Identifier: Apache-2.0
import lazy_package

print(lazy_package.late.TEXT)
try:
    lazy_package.never
except AttributeError as error:
    print(error)
