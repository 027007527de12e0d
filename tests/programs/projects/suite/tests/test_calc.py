# SPDX-License-Identifier: Apache-2.0
import importlib
import json
import pickle
import subprocess
import sys
import unittest

import pytest

from pkg import calc


def test_double():
    assert calc.double(2) == 4


def test_that_fails():
    assert calc.double(2) == {"a": [5], "b": 3}


@pytest.mark.parametrize("x", [1, 2, 3])
def test_many(x):
    assert calc.double(x) > 0


def test_a_fixture(item):
    assert json.loads(item.read_text()) == [1]


def test_a_lazy_import():
    assert calc.lazy()[0] == 0


def test_pickling():
    assert pickle.loads(pickle.dumps(calc.price("1.5"))) == 3


def test_what_is_not_installed():
    pytest.importorskip("no_such_module_here")


def test_a_name_in_a_string():
    assert importlib.import_module("wave").Error


def test_a_child():
    code = "import socket; print(1)"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert done.stdout == b"1\n"


def test_an_encoding():
    assert "\xe9".encode("cp1252") == b"\xe9"


class TestOfTheOldKind(unittest.TestCase):
    def test_double(self):
        self.assertEqual(calc.double(1), 2)
