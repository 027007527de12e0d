# SPDX-License-Identifier: Apache-2.0
import sys

sys.path += ["space_a", "space_b"]
import corp.one
import corp.two

print(corp.one.NAME, corp.two.NAME, len(list(corp.__path__)))
