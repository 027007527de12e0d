# The collector lists the objects of everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import gc

got = gc.get_objects()
open("proof", "w").close()
