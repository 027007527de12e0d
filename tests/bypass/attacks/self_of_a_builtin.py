# A built-in function knows the module that it is of.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import random

got = random._urandom.__self__
