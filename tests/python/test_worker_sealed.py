# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/sealedbytes.c
# covers: worker/buffer.c
"""stockade.SealedBytes: large bytes that a worker sees where they are."""

import pytest

import guarded
from workerplace import PATIENT as POLICY

BUFFERS = POLICY + "syscalls = @buffers\nmemory = 1G\n"

PLUGIN = """
    kept = []
    def length(data):
        return len(data)
    def look(data):
        return type(data).__name__, data.readonly, data.format, bytes(data[:3]), bytes(data[-3:])
    def keep(data):
        kept.append(data)
        return len(kept)
    def total():
        return sum(len(data) for data in kept)
    def both(a, b):
        return len(a), len(b), bytes(a[:1]), bytes(b[:1])
    def write(data):
        data[0] = 1
    def write_by_address(data):
        import ctypes
        at = ctypes.c_char * len(data)
        at.from_buffer(data)
    def many(data):
        return [len(one) for one in data]
"""


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(BUFFERS)
    place.write("plugins/__init__.py", "")
    place.write("plugins/a.py", PLUGIN)
    return place


def test_in_the_host_it_is_like_bytes_that_cannot_change(place):
    done = place.install("""
        from stockade import SealedBytes
        data = bytearray(b"abc")
        sealed = SealedBytes(data)
        data[0] = 0
        view = memoryview(sealed)
        print(len(sealed), bytes(sealed), sealed, view.readonly)
        print(len(SealedBytes(b"")), bytes(SealedBytes(b"")), bytes(SealedBytes(sealed)))
        for wrong in ((), ("text",), (1,), (b"", b"")):
            try:
                SealedBytes(*wrong)
            except TypeError:
                print("TypeError")
        try:
            SealedBytes(b"", x=1)
        except TypeError as error:
            print(error)
        try:
            view[0] = 1
        except TypeError as error:
            print(error)
    """)
    assert done.out == (
        "3 b'abc' <stockade.SealedBytes of 3 bytes> True\n0 b'' b'abc'\n"
        + 4 * "TypeError\n" + "SealedBytes() takes no keyword arguments\n"
        "cannot modify read-only memory\n"), done.err


def test_nobody_can_write_the_memory_not_even_its_maker(place):
    done = place.install("""
        import fcntl, mmap, os
        from stockade import SealedBytes
        sealed = SealedBytes(b"x" * 100000)
        for fd in map(int, os.listdir("/proc/self/fd")):
            try:
                if not os.readlink("/proc/self/fd/%d" % fd).startswith("/memfd:stockade"):
                    continue
            except OSError:
                continue
            print(os.get_inheritable(fd))
            for attempt in (lambda: os.write(fd, b"y"), lambda: os.ftruncate(fd, 1),
                            lambda: os.ftruncate(fd, 1 << 20),
                            lambda: mmap.mmap(fd, 4096, prot=mmap.PROT_WRITE | mmap.PROT_READ)):
                try:
                    attempt()
                    print("done")
                except PermissionError:
                    print("refused")
    """)
    assert done.out == "False\n" + 4 * "refused\n", done.err


@pytest.mark.workers
def test_a_worker_has_a_view_of_it(place):
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes
        sealed = SealedBytes(b"abc" + bytes(8 << 20) + b"xyz")
        print(a.look(sealed), a.length(sealed), a.length(data=sealed))
        print(a.length(SealedBytes(b"")), a.both(sealed, SealedBytes(b"q")), a.both(sealed, sealed))
        print(a.many([sealed, SealedBytes(b"1"), SealedBytes(b"22"), SealedBytes(b"333")]))
    """)
    assert done.out == (
        "('memoryview', True, 'B', b'abc', b'xyz') 8388614 8388614\n"
        "0 (8388614, 1, b'a', b'q') (8388614, 8388614, b'a', b'a')\n"
        "[8388614, 1, 2, 3]\n"), done.err


@pytest.mark.workers
def test_it_outlives_the_call_and_the_hosts_own(place):
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes
        for i in range(100):
            a.keep(SealedBytes(b"x" * 10000))
        print(a.total())
    """)
    assert done.out == "1000000\n", done.err


@pytest.mark.workers
def test_the_worker_cannot_write_to_it(place):
    place.policy(BUFFERS + "preload = ctypes\n")
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes
        sealed = SealedBytes(b"x" * 10000)
        for attempt in (a.write, a.write_by_address):
            try:
                attempt(sealed)
            except TypeError as error:
                print("TypeError")
        print(bytes(sealed) == b"x" * 10000)
    """)
    assert done.out == "TypeError\nTypeError\nTrue\n", done.err


@pytest.mark.workers
def test_more_than_four_at_a_time_are_too_many(place):
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes
        try:
            a.many([SealedBytes(b"x") for _ in range(5)])
        except ValueError as error:
            print("ValueError")
        print(a.many([SealedBytes(b"x") for _ in range(4)]), a.many(5 * [SealedBytes(b"yy")]))
    """)
    assert done.out == "ValueError\n[1, 1, 1, 1] [2, 2, 2, 2, 2]\n", done.err


@pytest.mark.workers
def test_what_takes_more_memory_than_the_profile_allows_is_an_exception(place):
    place.policy(POLICY + "syscalls = @buffers\nmemory = 128M\n")
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes, RemoteError
        try:
            a.length(SealedBytes(bytes(200 << 20)))
        except (MemoryError, RemoteError) as error:
            print("sealed memory" in str(error) or type(error).__name__)
        print(a.length(SealedBytes(b"abc")))
    """)
    assert done.out == "True\n3\n", done.err


@pytest.mark.workers
def test_without_buffers_it_says_what_is_missing(place):
    place.policy(POLICY)
    done = place.install("""
        import plugins.a as a
        from stockade import SealedBytes
        try:
            a.length(SealedBytes(b"abc"))
        except TypeError as error:
            print(error)
        print(a.length(b"abc"))
    """)
    assert done.out == (
        "SealedBytes cannot be handed to the worker of plugins.a: its profile, strict, lacks "
        "syscalls = @buffers\n3\n"), done.err
