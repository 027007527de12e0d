# SPDX-License-Identifier: Apache-2.0
"""`finders = ours`: what a program adds to the import system is not asked."""
# covers: python/load/finders.c

import sys

import pytest

from guarded import Place

MAIN = """\
import importlib.abc, importlib.util, sys
from importlib.machinery import FileFinder, SourceFileLoader


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    asked = []

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        cls.asked.append(name)
        if name.startswith("made_up"):
            return importlib.util.spec_from_loader(name, cls)

    @classmethod
    def create_module(cls, spec):
        return None

    @classmethod
    def exec_module(cls, module):
        module.made = True


class Hooked(FileFinder):
    pass


def hook(entry):
    if entry == "nowhere":
        return Finder
    raise ImportError


def tries(name):
    try:
        return __import__(name).__name__
    except ImportError as error:
        return type(error).__name__


def adds_first():
    sys.meta_path.insert(0, Finder)
    return tries("made_up")


def adds_last():
    sys.meta_path.append(Finder)
    return tries("made_up")


def replaces():
    sys.meta_path = [Finder] + sys.meta_path
    return tries("made_up")


def hooks():
    sys.path.append("nowhere")
    sys.path_hooks.insert(0, hook)
    return tries("made_up")


def hooks_as_python_does():
    class Loader(SourceFileLoader):
        def get_data(self, path):
            return b"made = True"
    with open("made_up.other", "w"):
        pass
    sys.path.append(".")
    sys.path_hooks.insert(0, FileFinder.path_hook((Loader, [".other"])))
    sys.path_importer_cache.clear()
    return tries("made_up")


def answers_before_it_is_asked():
    sys.path.append("nowhere")
    sys.path_importer_cache["nowhere"] = Finder()
    return tries("made_up")


print({way}())
print(tries("plain"), tries("colorsys"), tries("missing"))
print(Finder.asked)
"""

WAYS = {
    "adds_first": "sys.meta_path",
    "adds_last": "sys.meta_path",
    "replaces": "sys.meta_path",
    "hooks": "sys.path_hooks",
    "hooks_as_python_does": "sys.path_hooks",
    "answers_before_it_is_asked": "sys.path_importer_cache",
}


def start(tmp_path, how, way, settings):
    place = Place(tmp_path)
    place.policy(settings + "default = allow\n")
    place.write("plain.py", "")
    main = MAIN.format(way=way)
    if how == "install":
        return place.install(main)
    return place.run(place.write("main.py", main))


@pytest.mark.parametrize("how", ["install", "run"])
@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_is_added_is_not_asked_and_recorded(tmp_path, how, way):
    done = start(tmp_path, how, way, "finders = ours\n")
    assert done.out.splitlines() == [
        "ModuleNotFoundError", "plain colorsys ModuleNotFoundError", "[]"], done.err
    tampered = {r["name"]: r["importer"] for r in done.records if r["event"] == "tamper"}
    assert tampered.get(WAYS[way]) == "__main__", tampered


@pytest.mark.parametrize("settings", ["", "finders = all\n", "finders = ours\nmode = observe\n"])
@pytest.mark.parametrize("way", sorted(WAYS))
def test_it_is_asked_where_the_policy_does_not_say_so(tmp_path, way, settings):
    done = start(tmp_path, "run", way, settings)
    assert done.out.splitlines()[0] == "made_up", done.err


def test_what_was_there_before_is_taken_out_and_is_no_tampering(tmp_path):
    place = Place(tmp_path)
    place.policy("finders = ours\ndefault = allow\n")
    place.write("main.py", """
        import sys
        class Finder:
            asked = []
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                cls.asked.append(name)
        sys.meta_path.insert(0, Finder)
        import stockade
        del Finder.asked[:]
        stockade.install("policy.ini", audit="file:imports.jsonl")
        import colorsys
        print("colorsys" in Finder.asked, Finder in sys.meta_path)
        """)
    done = place.spawn([sys.executable, "main.py"])
    assert done.out == "False False\n", done.err


def test_what_is_gone_stays_gone(tmp_path):
    """Not for us to say: somebody may have locked it up."""
    place = Place(tmp_path)
    place.policy("finders = ours\ndefault = allow\n")
    done = place.install(
        """
        import sys
        del sys.meta_path[1:]
        try:
            import colorsys
        except ImportError as error:
            print(type(error).__name__)
        """)
    assert done.out == "ModuleNotFoundError\n", done.err
