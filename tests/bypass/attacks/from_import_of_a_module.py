# A from-import takes a denied module out of another one's globals.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
from random import _os as got
