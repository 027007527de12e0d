# SPDX-License-Identifier: Apache-2.0
"""What honest code asks of files in passing is no attempt that is refused."""

# covers: worker/paths.c

import pytest

from workerplace import PATIENT, place  # noqa: F401

pytestmark = pytest.mark.workers


def told(place, source, more=""):  # noqa: F811
    """What the code has as its result, and what it was denied."""
    place.policy(PATIENT + more)
    done = place.install("""
        with _guard.sandbox("strict") as box:
            got = box.run(%r)
            print(got.value)
            print([what.partition("(")[0] for _, what in got.denied])
    """ % source)
    assert done.code == 0, done.err
    return done.out.splitlines()


@pytest.mark.parametrize("word", ["EXT_SUFFIX", "prefix", "srcdir", "userbase", "TZPATH"])
def test_a_word_of_sysconfig_costs_no_refusal(place, word):  # noqa: F811
    value, denied = told(place, "import sysconfig\nresult = sysconfig.get_config_var(%r)" % word)
    assert denied == "[]"
    if word == "EXT_SUFFIX":
        assert value.endswith(".so")


def test_its_paths_cost_none_either(place):  # noqa: F811
    value, denied = told(place, "import sysconfig\nresult = sysconfig.get_paths()['stdlib']")
    assert denied == "[]" and "python" in value


def test_the_folder_of_the_user_is_not_known(place):  # noqa: F811
    value, denied = told(place, """
import os
os.environ.pop("HOME", None)
before = os.path.expanduser("~"), os.path.expanduser("~root/x"), os.path.expanduser(b"a")
os.environ["HOME"] = "/here"
result = before, os.path.expanduser("~/x")
""")
    assert (value, denied) == ("(('~', '~root/x', b'a'), '/here/x')", "[]")


def test_a_path_is_made_absolute_without_a_look_at_it(place):  # noqa: F811
    value, denied = told(place, """
import os, pathlib
result = os.path.realpath("/a/../b/./c"), os.path.realpath(b"/a/b/"), os.path.realpath(pathlib.PurePath("/a"))
""")
    assert (value, denied) == ("('/b/c', b'/a/b', '/a')", "[]")


def test_a_worker_is_in_its_empty_root(place):  # noqa: F811
    value, denied = told(place, """
import os, pathlib
result = os.getcwd(), os.getcwdb(), os.path.abspath("a/../b"), str(pathlib.Path.cwd())
""")
    assert (value, denied) == ("('/', b'/', '/b', '/')", "[]")


def test_who_may_read_files_is_told_by_the_kernel(place):  # noqa: F811
    value, denied = told(place, "import os\nresult = os.getcwd.__doc__[:6], os.getcwd()",
                         "syscalls = @compute, @files-read\n")
    assert (value, denied) == ("('Return', '/')", "[]")


@pytest.mark.parametrize("look", ["os.stat('/etc/passwd')", "os.lstat('/etc')", "open('/etc/passwd')",
                                  "__import__('pwd').getpwuid(0)", "__import__('pathlib').Path('/etc').lstat()"])
def test_who_looks_at_a_file_is_refused_and_told_of(place, look):  # noqa: F811
    value, denied = told(place, """
import os
os.path.expanduser("~"), os.path.realpath("/etc/passwd")
try:
    %s
    result = "seen"
except (OSError, KeyError) as error:
    result = type(error).__name__
""" % look)
    assert value in ("PermissionError", "KeyError")
    assert denied != "[]"


def test_files_that_may_be_read_are_looked_at(place):  # noqa: F811
    place.write("data/file.txt", "")
    place.write("data/link", "")
    import os
    os.remove(place.path("data/link"))
    os.symlink("file.txt", place.path("data/link"))
    value, _ = told(place, "import os\nresult = os.path.realpath(%r)" % place.path("data/link"),
                    "syscalls = @files-read\nread = %s\n" % place.path("data"))
    assert value == os.path.realpath(place.path("data/file.txt"))
