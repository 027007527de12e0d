# SPDX-License-Identifier: Apache-2.0
import json
x = [  1,2,
  3 ]
