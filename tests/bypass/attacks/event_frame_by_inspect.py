# A library looks at frames for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import inspect

got = inspect.stack()[-1].frame.f_globals["attempt"]
open("proof", "w").close()
