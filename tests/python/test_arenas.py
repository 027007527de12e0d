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

# Where the kernel was told to use large pages (hg), or no more (nh), which it
# says whether it has any left: kilobytes of addresses, or of memory.
LARGE = """
def large(field="Size", flags=("hg", "nh")):
    total, here = 0, {}
    for line in open("/proc/self/smaps"):
        word, _, rest = line.partition(":")
        if word == "VmFlags":
            total += here.get(field, 0) if set(flags) & set(rest.split()) else 0
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


def test_a_large_page_that_is_used_in_part_stays_one(site):
    code = """
load(32)
more = objects()
full = large("Rss") + large("Swap")
kept = more[::30000]
del more
print(0 < large("Rss") + large("Swap") < full, large(flags=["nh"]), len(kept))
"""
    assert printed(site, code) == ["True", "0", "7"]


ALLOCATOR = """
import ctypes

class Allocator(ctypes.Structure):
    _fields_ = [("ctx", ctypes.c_void_p), ("alloc", ctypes.c_void_p), ("free", ctypes.c_void_p)]

def used():
    found = Allocator()
    ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(found))
    return found

def use(**changes):
    changed = used()
    for name, value in changes.items():
        setattr(changed, name, value)
    ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(changed))

def address(name):
    return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value

def told(allocator):
    return allocator.ctx, allocator.alloc, allocator.free
"""


# realloc(NULL, size) is an allocator; getpid() takes nothing back
@pytest.mark.parametrize("change", [
    "ctx=1", "alloc=address('realloc'), free=address('getpid')", "free=address('getpid')"])
def test_an_allocator_of_the_hosts_own_is_left_in_place(site, change):
    code = ALLOCATOR + """
use(%s)
theirs = told(used())
load(32)
more = objects()
print(told(used()) == theirs, large() == before)
"""
    assert printed(site, code % change) == ["True", "True"]


def test_what_was_not_taken_there_is_not_taken_back(site):
    """Half of one part and half of the next, as of memory that came to lie
    where a part was unmapped: both parts stay taken."""
    code = ALLOCATOR + """
load(32)
size = (256 << 10) if sys.version_info < (3, 10) else (1 << 20)
alloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(used().alloc)
free = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(used().free)
parts = sorted(alloc(None, size) for n in range(20))
first = next(a for a, b in zip(parts, parts[1:]) if b == a + size)
free(None, first + size // 2, size)
free(None, first, size // 2)
again = [alloc(None, size) for n in range(40)]
print(not {first, first + size} & set(again), len(objects()))
"""
    assert printed(site, code) == ["True", "200000"]
