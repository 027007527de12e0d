# SPDX-License-Identifier: Apache-2.0
def f( a,b ):
  return {  "x":a,  "y":b }
