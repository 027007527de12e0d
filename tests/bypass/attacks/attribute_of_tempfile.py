# tempfile keeps os under a name of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import tempfile

got = tempfile._os
