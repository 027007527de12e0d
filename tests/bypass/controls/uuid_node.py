# uuid looks for the machine's address.
# SPDX-License-Identifier: Apache-2.0
import uuid

got = uuid.getnode()
assert got
