# SPDX-License-Identifier: Apache-2.0
# covers: worker/zonekey.c
# covers: worker/zones.c
"""Time zones that cross between host and worker, by their keys."""

import pytest

from workerplace import POLICY, place, with_profile  # noqa: F401

pytestmark = [
    pytest.mark.workers,
    pytest.mark.skipif("sys.version_info < (3, 9)", reason="has no zoneinfo"),
    pytest.mark.skipif("not os.path.exists('/usr/share/zoneinfo/Europe/Berlin')", reason="no zones here"),
]

PLUGIN = """
    import datetime

    kept = []

    def echo(x, *more):
        return x

    def told(*given):
        return ["%s %s" % (each.isoformat(), each.tzinfo.key) for each in given]

    def keep(call, when):
        kept.append(call)
        return when.tzname()

    def drop():
        kept.clear()

    def call():
        return kept[-1]()

    def winter(key):
        import zoneinfo
        return datetime.datetime(2024, 1, 2, 12, tzinfo=zoneinfo.ZoneInfo(key))

    def same(when, key):
        import zoneinfo
        return when.tzinfo is zoneinfo.ZoneInfo(key)

    def loaded():
        import sys
        return "zoneinfo" in sys.modules

    def try_():
        try:
            import zoneinfo
        except ImportError:
            return "denied"

    def answer(call):
        return call().isoformat()

    def without_key():
        import io, zoneinfo
        zone = zoneinfo.ZoneInfo("Europe/Berlin")
        data = zoneinfo._common.load_tzdata("Europe/Berlin").read()
        return datetime.datetime(2024, 1, 2, tzinfo=zoneinfo.ZoneInfo.from_file(io.BytesIO(data)))

    def invented(key):
        import io, zoneinfo
        data = zoneinfo._common.load_tzdata("Europe/Berlin").read()
        return zoneinfo.ZoneInfo.from_file(io.BytesIO(data), key=key)
"""

HEAD = """
    import datetime, zoneinfo
    Z = zoneinfo.ZoneInfo
    berlin, tokyo = Z("Europe/Berlin"), Z("Asia/Tokyo")
    summer = datetime.datetime(2024, 7, 1, 12, tzinfo=berlin)
    import plugins.zones as z
"""


@pytest.fixture
def zones(place):  # noqa: F811
    place.write("plugins/zones.py", PLUGIN)
    return place


def host(place, main):  # noqa: F811
    return place.install(HEAD + main)


def test_they_cross_both_ways_by_their_keys(zones):
    done = host(zones, """
    print(z.loaded(), *z.told(summer, summer.astimezone(tokyo), datetime.time(1, 2, tzinfo=tokyo)))
    print(z.same(summer, "Europe/Berlin"), z.same(summer, "Asia/Tokyo"))
    when = z.winter("America/New_York")
    print(when, when.tzinfo is Z("America/New_York"))
    print(z.echo(berlin) is berlin, z.echo([summer, {tokyo: 1}]) == [summer, {tokyo: 1}])
    print(z.echo(datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=berlin)).utcoffset())
    print(z.answer(lambda: datetime.datetime(2024, 1, 2, tzinfo=Z("Africa/Cairo"))))
    """)
    assert done.out == (
        "False 2024-07-01T12:00:00+02:00 Europe/Berlin 2024-07-01T19:00:00+09:00 Asia/Tokyo 01:02:00 Asia/Tokyo\n"
        "True False\n2024-01-02 12:00:00-05:00 True\nTrue True\n1:00:00\n2024-01-02T00:00:00+02:00\n"), (done.out, done.err)
    assert [r["name"] for r in done.records if r["event"] == "syscall"] == []


def test_what_comes_beside_the_first_of_them_is_held_once(zones):
    zones.policy(with_profile("syscalls = @buffers\n"))
    done = host(zones, """
    import gc, stockade, weakref
    class Call:
        def method(self):
            return "called"
    given = summer
    call = Call()
    print(z.keep(call.method, given), z.call(), z.call())
    gone = weakref.ref(call)
    z.drop()
    del call
    z.echo(1), z.echo(1), gc.collect()
    print(gone())
    print(bytes(z.echo(stockade.SealedBytes(b"large"), datetime.time(tzinfo=tokyo))))
    """)
    assert done.out == "CEST called called\nNone\nb'large'\n", (done.out, done.err)


def test_it_is_no_permission(zones):
    zones.policy(POLICY + "\n[modules from plugins.zones]\ndatetime = allow\n* = deny\n")
    done = host(zones, """
    print(*z.told(summer), z.try_())
    """)
    assert done.out == "2024-07-01T12:00:00+02:00 Europe/Berlin denied\n", (done.out, done.err)


def test_one_without_a_fit_key_says_what_to_do(zones):
    done = host(zones, """
    import io
    data = open("/usr/share/zoneinfo/Europe/Berlin", "rb").read()
    for key in None, "../Berlin", "a" * 101, "":
        try:
            z.echo(summer.replace(tzinfo=Z.from_file(io.BytesIO(data), key=key)))
        except TypeError as error:
            print("ZoneInfo(KEY)" in str(error))
    try:
        z.without_key()
    except TypeError as error:
        print("ZoneInfo(KEY)" in str(error), "astimezone(datetime.timezone.utc)" in str(error))
    try:
        z.echo(Z.from_file(io.BytesIO(data), key="No/Where"))
    except Exception as error:
        print(type(error).__name__, "No/Where" in str(error))
    try:
        z.invented("No/Where")
    except Exception as error:
        print(type(error).__name__, "machine has none" in str(error))
    print(z.echo(1))
    """)
    assert done.out == "True\n" * 4 + "True True\nKeyError True\nImportError True\n1\n", (done.out, done.err)


LISTED = """
    default = deny
    trusted = @stdlib
    [modules]
    zoneinfo = allow
    [sandbox strict]
    deadline = 60s
    """

LISTING = """
import os, zoneinfo
names = zoneinfo.available_timezones()
result = sorted(names), len(names), all(zoneinfo.ZoneInfo(name).key == name for name in sorted(names)[::50])
"""


def test_the_zones_that_there_are_can_be_listed(place):
    """Without a search for files, or for the package tzdata: what was denied
    is what the code itself asked for."""
    place.policy(LISTED.replace("zoneinfo = allow", "zoneinfo = allow\n    os = allow"))
    done = place.install("""
        with _guard.sandbox("strict") as box:
            got = box.run(%r)
            print(got.denied, got.value[1] > 300, got.value[2])
            print([name in got.value[0] for name in ("Europe/Berlin", "America/Argentina/Salta", "UTC")])
            print([name for name in got.value[0] if name.startswith(("posix", "right/", "/"))])
            print(box.run("import zoneinfo\\nresult = len(zoneinfo.available_timezones())").value == got.value[1])
    """ % LISTING)
    assert done.out == "() True True\n[True, True, True]\n[]\nTrue\n", (done.out, done.err)
