# A frozen module is asked for by its other name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
import importlib.util
from _frozen_importlib import FrozenImporter

spec = importlib.util.spec_from_loader("harmless", FrozenImporter)
spec.loader_state = None
spec = FrozenImporter.find_spec("os")
spec.name = "harmless"
got = importlib.util.module_from_spec(spec)
exec(_imp.get_frozen_object("os"), got.__dict__)
