# SPDX-License-Identifier: Apache-2.0
# covers: python/arenas.c
"""Memory for objects in large pages, from the 32nd signed module on."""

import os

import pytest

import signing

pytestmark = [
    signing.needs_minisign,
    pytest.mark.skipif(not os.path.exists("/sys/kernel/mm/transparent_hugepage"),
                       reason="this kernel has no large pages"),
    pytest.mark.skipif(os.environ.get("STOCKADE_SANITIZE") == "1",
                       reason="CPython's own memory is switched off"),
]

# Where the kernel was told to use large pages, which it says whether it has
# any left: kilobytes of addresses, or of memory.
LARGE = """
def large(field="Size"):
    total, here = 0, {}
    for line in open("/proc/self/smaps"):
        word, _, rest = line.partition(":")
        if word == "VmFlags":
            total += here.get(field, 0) if "hg" in rest.split() else 0
            here = {}
        elif rest.strip().endswith("kB"):
            here[word] = int(rest.split()[0])
    return total

def objects():
    return [str(n) + "x" * 100 for n in range(200000)]

def load(modules):
    for n in range(modules):
        __import__("shop%d" % n)

before = large()
"""

SIGNED = "[modules]\nshop* = signed\n"


@pytest.fixture
def site(tmp_path):
    made = signing.Site(tmp_path)
    for n in range(32):
        made.write("shop%d.py" % n, "ALL = [1]\n", module="shop%d" % n)
    made.policy(SIGNED)
    return made


def printed(site, code, **more):
    done = site.start("-c", "import sys\nsys.path.insert(0, %r)\n" % str(site.lib) + LARGE + code,
                      **more)
    assert done.code == 0, done.err
    return done.out.split()


def test_large_pages_are_asked_for_with_the_32nd_signed_module(site):
    code = "load(31); first = objects(); some = large() > before; load(32); second = objects()\n"
    assert printed(site, code + "print(some, large() - before >= 16 << 10, large() % 1024)") == [
        "False", "True", "0"]


def test_without_the_fast_path_nothing_changes(site):
    site.policy(SIGNED, signing="[signing]\nfast_path = off\n")
    assert printed(site, "load(32); more = objects(); print(large() == before)") == ["True"]


def test_without_a_signed_module_nothing_changes(site):
    site.policy("[modules]\nshop* = allow\n")
    assert printed(site, "load(32); more = objects(); print(large() == before)") == ["True"]


def test_what_is_given_back_is_no_memory_and_is_used_again(site):
    code = """
load(32)
more = objects()
most, run = large("Rss") + large("Swap"), large()
del more
rest = large("Rss") + large("Swap")
more = objects()
print(most - rest > 16 << 10, large() == run)
"""
    assert printed(site, code) == ["True"] * 2


def test_a_child_of_a_fork_has_memory_of_its_own(site):
    code = """
import os
load(32)
more = objects()
child = os.fork()
if child == 0:
    more = objects() + objects()
    os._exit(len(more) // 100000)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if hasattr(os, "waitstatus_to_exitcode")
      else os.waitpid(child, 0)[1] >> 8, len(more), more[-1][:6])
"""
    assert printed(site, code) == ["4", "200000", "199999"]


def test_without_room_for_them_memory_is_as_before(site):
    code = """
import resource
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + (14 << 20), resource.RLIM_INFINITY))
load(32)
more = [str(n) + "x" * 100 for n in range(20000)]
print(large() == before, len(more))
"""
    assert printed(site, code) == ["True", "20000"]
