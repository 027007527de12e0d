# unittest.mock patches what modules have, by name and by object.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import json
import sys
import unittest
import unittest.mock as mock

with mock.patch("json.loads", return_value=3) as fake:
    assert json.loads("x") == 3
with mock.patch.dict(sys.modules, {"numpy": mock.MagicMock()}):
    import numpy
    numpy.array([1])
with mock.patch.dict(sys.modules, {"json": None}):
    try:
        import json as absent
    except ImportError:
        absent = None
with mock.patch("builtins.open", mock.mock_open(read_data="x")):
    with open("nothing") as file:
        text = file.read()
with mock.patch("builtins.print") as printed:
    print("x")


@mock.patch.object(json, "dumps", autospec=True)
def function(fake):
    json.dumps(1)
    fake.assert_called_once_with(1)


function()
got = (absent, text, printed.called, "numpy" in sys.modules)
assert got[1:3] == ("x", True)
