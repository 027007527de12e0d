# SPDX-License-Identifier: Apache-2.0
"""What is installed, as `checksec` would look at it."""

import subprocess

import pytest

PRODUCTS = ["stockade", "libstockade.so", "python/_stockade*.so",
            "python/stockade/stockade-worker", "python/stockade/_worker*.so"]


def readelf(*arguments):
    return subprocess.run(["readelf", "-W"] + list(map(str, arguments)), check=True,
                          stdout=subprocess.PIPE).stdout.decode()


@pytest.fixture(params=PRODUCTS)
def product(build, request):
    found = list(build.glob(request.param))
    if not found and request.param == "libstockade.so":
        pytest.skip("this build links a static libpython: no libstockade.so")
    assert len(found) == 1
    return found[0]


def test_what_is_resolved_is_read_only(product):
    assert " GNU_RELRO " in readelf("-l", product)
    flags = [line for line in readelf("-d", product).splitlines() if "FLAGS" in line]
    assert any("NOW" in line for line in flags)


def test_no_memory_is_code_that_can_be_written(product):
    segments = [line.split() for line in readelf("-l", product).splitlines()
                if line.split()[:1] in (["LOAD"], ["GNU_STACK"])]
    assert segments
    for segment in segments:
        rights = "".join(segment[6:-1])
        assert "R" in rights and not ("W" in rights and "E" in rights), segment


def test_the_checked_functions_of_libc_are_used(product):
    needed = readelf("--dyn-syms", product)
    assert "__stack_chk_fail" in needed
    assert "_chk@" in needed.replace("__stack_chk_fail@", "")
