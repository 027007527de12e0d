# uuid makes a random number.
# SPDX-License-Identifier: Apache-2.0
import uuid

got = str(uuid.uuid4())
assert len(got) == 36
