# SPDX-License-Identifier: Apache-2.0
"""stockade.load(): objects by string, as entry points are written."""
# covers: python/process/load.c

import os
import sys

import pytest

import clitool
from guarded import Place

sys.path.insert(0, os.path.join(clitool.BUILD, "python"))
import stockade  # noqa: E402


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package to load from."""
    place = Place(tmp_path)
    place.files({
        "shop_for_load/__init__.py": "",
        "shop_for_load/tills.py": """
            class Till:
                class Drawer:
                    size = 3
                def ring(self):
                    return "ding"
            def open_till():
                return "open"
            _hidden = 1
            nothing = None
        """,
        "shop_for_load/broken.py": "import no_such_thing\n",
        "shop_for_load/failing.py": "1 / 0\n",
        "shop_for_load/asking.py": "def __getattr__(name):\n    raise ValueError(name)\n",
        "shop_for_load/mute.py": """
            class Mute(type):
                def __dir__(cls):
                    raise RuntimeError("no list")
            class Silent(metaclass=Mute):
                pass
            class Empty:
                __slots__ = ()
                def __dir__(self):
                    return []
            empty = Empty()
        """,
    })
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in list(sys.modules):
        if name.startswith("shop_for_load"):
            del sys.modules[name]


@pytest.mark.parametrize("reference, expected", [
    ("shop_for_load.tills:open_till", "open_till"),
    ("shop_for_load.tills:Till.Drawer", "Till.Drawer"),
    ("shop_for_load.tills:Till.ring", "Till.ring"),
    ("  shop_for_load.tills : open_till  ", "open_till"),
    ("shop_for_load.tills:open_till [extra]", "open_till"),
    ("shop_for_load.tills:open_till[one, two]", "open_till"),
])
def test_an_object_is_loaded(shop, reference, expected):
    assert stockade.load(reference).__qualname__ == expected


def test_a_value_a_private_name_and_none_are_objects(shop):
    assert stockade.load("shop_for_load.tills:Till.Drawer.size") == 3
    assert stockade.load("shop_for_load.tills:_hidden") == 1
    assert stockade.load("shop_for_load.tills:nothing", default=5) is None


def test_without_a_colon_it_is_the_module(shop):
    module = stockade.load("shop_for_load.tills")
    assert module is sys.modules["shop_for_load.tills"]
    assert stockade.load("os.path") is os.path
    assert stockade.load("shop_for_load").__name__ == "shop_for_load"


@pytest.mark.parametrize("reference", [
    "", " ", ":", "a:", ":b", "a b", "a:b c", "a..b", "a.b.", "a:b:c", "a-b", "a:b-c", "1a",
    "a:1", "a:b.", "[x]", "a:b[x", "a/b", "a\0b", "\ud800", ".a", "a\nb",
])
def test_what_is_no_reference_is_a_value_error(reference):
    for arguments in ((reference,), (reference, None)):
        with pytest.raises(ValueError) as caught:
            stockade.load(*arguments)
        assert str(caught.value) == (
            '%r is no reference; write "package.module:attribute"' % reference)


@pytest.mark.parametrize("reference", [None, 5, b"os:path", ["os"]])
def test_what_is_no_text_is_a_type_error(reference):
    with pytest.raises(TypeError):
        stockade.load(reference, default=1)


def test_what_is_missing_is_told_with_what_there_is(shop):
    with pytest.raises(AttributeError) as caught:
        stockade.load("shop_for_load.tills:open_tyll")
    assert str(caught.value) == (
        "shop_for_load.tills offers no 'open_tyll'; did you mean 'open_till'? "
        "It offers: Till, nothing, open_till")
    with pytest.raises(AttributeError) as caught:
        stockade.load("shop_for_load.tills:zebra")
    assert str(caught.value) == (
        "shop_for_load.tills offers no 'zebra'; it offers: Till, nothing, open_till")


def test_what_is_missing_deeper_is_told_of_where_it_is_missing(shop):
    with pytest.raises(AttributeError) as caught:
        stockade.load("shop_for_load.tills:Till.rang")
    assert str(caught.value) == (
        "shop_for_load.tills:Till offers no 'rang'; did you mean 'ring'? "
        "It offers: Drawer, ring")


def test_what_lists_nothing_or_not_at_all_is_told_all_the_same(shop):
    for name in ("empty", "Silent"):
        with pytest.raises(AttributeError) as caught:
            stockade.load("shop_for_load.mute:%s.x" % name)
        assert str(caught.value) == (
            "shop_for_load.mute:%s offers no 'x'; it offers nothing" % name)


def test_a_long_list_of_offers_is_cut():
    with pytest.raises(AttributeError) as caught:
        stockade.load("os:zzzzzzzz")
    text = str(caught.value)
    assert text.startswith("os offers no 'zzzzzzzz'; it offers: ")
    assert text.count(",") == 20 and " more" in text


def test_the_default_stands_in_for_what_is_missing(shop):
    mark = object()
    for reference in ("shop_for_load.tills:none", "shop_for_load.none:x", "no_such_package:x",
                      "no_such_package", "shop_for_load.broken:x", "shop_for_load.tills:Till.x.y"):
        assert stockade.load(reference, mark) is mark
        assert stockade.load(reference, default=mark) is mark
    assert stockade.load("no_such_package", None) is None


def test_the_default_hides_no_other_mistake(shop):
    with pytest.raises(ZeroDivisionError):
        stockade.load("shop_for_load.failing:x", default=None)
    with pytest.raises(ValueError, match="^x$"):
        stockade.load("shop_for_load.asking:x", default=None)


def test_what_cannot_be_imported_is_the_import_error(shop):
    with pytest.raises(ModuleNotFoundError) as caught:
        stockade.load("no_such_package.sub:x")
    assert caught.value.name == "no_such_package"
    with pytest.raises(ModuleNotFoundError) as caught:
        stockade.load("shop_for_load.broken:x")
    assert caught.value.name == "no_such_thing"


def test_a_denial_is_raised_recorded_and_has_a_default(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules]\ncolorsys = deny\nos = deny\n")
    done = place.install("""
        import stockade
        for reference in ("colorsys:rgb_to_hsv", "os:getcwd", "os.path:join"):
            try:
                stockade.load(reference)
            except stockade.ImportDenied as denied:
                print(denied.name, denied.importer, stockade.load(reference, "instead"))
    """)
    assert done.code == 0, done.err
    assert done.out == ("colorsys __main__ instead\nos __main__ instead\n"
                        "os.path __main__ instead\n")
    assert len(done.attempts("os", outcome="refused")) == 2


def test_it_is_asked_for_by_who_calls_load(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules from plug]\ncolorsys = deny\n")
    place.files({"plug.py": """
        import stockade
        def ask():
            return stockade.load("colorsys:rgb_to_hsv", "denied")
    """})
    done = place.install("""
        import plug, stockade
        print(plug.ask(), stockade.load("colorsys:rgb_to_hsv").__name__)
    """)
    assert done.out == "denied rgb_to_hsv\n", done.err


def test_it_works_through_run_as_well(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    place.write("main.py", "import stockade\nprint(stockade.load('colorsys:rgb_to_hsv').__name__)\n")
    assert place.run("main.py").out == "rgb_to_hsv\n"
