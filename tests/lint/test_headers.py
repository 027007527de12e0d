# SPDX-License-Identifier: Apache-2.0
"""Each public header compiles alone, twice included, as strict C99 and as
C++, for whoever embeds us with whatever flags."""

import re
import shutil
import subprocess

import pytest

from tree import ROOT, c_files

HEADERS = [path.name for path in c_files("include/stockade")]
WARNINGS = ["-Wall", "-Wextra", "-Wundef", "-Wstrict-prototypes", "-Werror"]


def compile_alone(compiler, language, standard, text):
    warnings = [w for w in WARNINGS
                if language == "c" or w != "-Wstrict-prototypes"]
    return subprocess.run(
        [compiler, "-x", language, "-std=" + standard, "-pedantic-errors",
         "-fsyntax-only", "-I", str(ROOT / "include")] + warnings + ["-"],
        input=text.encode(), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)


def both(header):
    return "#include <stockade/%s>\n" % header * 2


@pytest.mark.parametrize("standard", ["c99", "c11", "c17"])
@pytest.mark.parametrize("header", HEADERS)
def test_header_compiles_alone_as_c(header, standard):
    text = both(header) + "int unused_;\n"
    done = compile_alone("gcc", "c", standard, text)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("standard", ["c++11", "c++17", "c++20"])
@pytest.mark.parametrize("header", HEADERS)
def test_header_compiles_alone_as_cplusplus(header, standard):
    if not shutil.which("g++"):
        pytest.skip("no g++ on this machine")
    done = compile_alone("g++", "c++", standard, both(header))
    assert done.returncode == 0, done.stdout.decode()


def test_initialisers_work_in_both_languages():
    inits = set()
    text = "#include <stockade/stockade.h>\n"
    for path in c_files("include/stockade"):
        inits |= set(re.findall(r"#define (STK_\w+_INIT)\b",
                                path.read_text()))
    assert "STK_ERROR_INIT" in inits
    for name in sorted(inits):
        kind = name[:-len("_INIT")].lower()
        text += "extern %s %s_;\n%s %s_ = %s;\n" % (kind, kind, kind, kind,
                                                    name)
    for compiler, language, standard in (("gcc", "c", "c99"),
                                         ("g++", "c++", "c++11")):
        if not shutil.which(compiler):
            pytest.skip("no %s on this machine" % compiler)
        # -Wextra asks for every field; the macros promise "all zero"
        done = compile_alone(
            compiler, language, standard,
            '#pragma GCC diagnostic ignored "-Wmissing-field-initializers"\n'
            + text)
        assert done.returncode == 0, done.stdout.decode()


def test_a_header_that_does_not_stand_alone_is_caught():
    done = compile_alone("gcc", "c", "c99", "size_t n;\n")
    assert done.returncode != 0


def test_the_version_is_the_same_everywhere():
    meson = re.search(r"version: '([^']+)'",
                      (ROOT / "meson.build").read_text()).group(1)
    header = re.search(
        r'#define STK_VERSION "([^"]+)"',
        (ROOT / "include/stockade/stockade.h").read_text()).group(1)
    assert header == meson
