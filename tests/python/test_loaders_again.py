# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/loader_again.c
# covers: python/remote/remoteended.c
"""[loader NAME]: what there is of a finder whose worker died."""

import pytest

import guarded
from loaderplace import FINDER, POLICY, place  # noqa: F401

pytestmark = pytest.mark.workers


KILLING = """
    import os
    def end():
        os._exit(9)
    class Row:
        n = 1
"""

ENDED = """
    import stockade
    import vault, vault.low
    row, twice = vault.low.Row(), vault.low.twice
    def tell(function, *args):
        try:
            print(function(*args))
        except (stockade.WorkerDied, ImportError) as error:
            print(type(error).__name__, str(error).partition("; ")[2] or error)
    tell(vault.low.end)
"""


def killable(place, result, restart):
    place.policy((POLICY % result) + "\n[sandbox strict]\nrestart = %s\n" % restart)
    place.write("acme/finder.py", guarded.dedent(FINDER).replace(
        "    TEXT = '''\n", "").replace("TEXT = '''\n", "TEXT = '''\n" + guarded.dedent(KILLING)))


def test_what_stays_in_a_worker_that_died_is_there_again_in_another(place):
    killable(place, "module", "on_next_call")
    done = place.install(ENDED + """
    tell(lambda: row.n)
    tell(twice, 2)
    tell(lambda: vault.low.twice(2))
    tell(lambda: vault.twice(3))
    tell(lambda: vault.low.Row().n)
    tell(lambda: vault.low.__loader__.get_source("vault.low")[:4])
    tell(lambda: vault.low.__loader__.get_data("<loader v>/vault/table.txt"))
    import vault.high
    tell(vault.high.low.twice, 4)
    """)
    another = "WorkerDied take it from the module again, which is loaded into another"
    assert done.out.splitlines()[1:] == [
        another, another, "4", "6", "1", "told", "b'data of /inside/vault/table.txt'", "8"], (
        done.out + done.err)
    assert [r["name"] for r in done.records if r["event"] == "worker"].count("acme.finder") >= 2


def test_without_a_restart_what_stayed_is_dead_and_says_what_helps(place):
    killable(place, "module", "never")
    done = place.install(ENDED + """
    tell(lambda: row.n)
    tell(lambda: vault.low.twice(2))
    tell(lambda: vault.low.__loader__.get_data("<loader v>/vault/table.txt"))
    """)
    helps = "WorkerDied `restart = on_next_call` in [sandbox strict] has its finder made in another"
    assert done.out.splitlines()[1:] == [helps] * 3, done.out + done.err


def test_data_beside_source_is_asked_of_another_finder_when_one_died(place):
    killable(place, "source", "on_next_call")
    text = open(place.path("acme/finder.py")).read().replace(
        "        if path.endswith",
        "        if path.endswith('end'):\n            import os; os._exit(9)\n        if path.endswith")
    open(place.path("acme/finder.py"), "w").write(text)
    done = place.install("""
        import pkgutil, stockade
        import vault
        try:
            pkgutil.get_data("vault", "end")
        except stockade.WorkerDied:
            print("dead")
        print(pkgutil.get_data("vault", "table.txt"))
    """)
    assert done.out == "dead\nb'data of /inside/vault/table.txt'\n", done.out + done.err


def test_what_the_policy_keeps_there_no_more_is_not_begun_again(place):
    killable(place, "module", "on_next_call")
    done = place.install(ENDED + """
    text = open("policy.ini").read()
    for change in ("result = module", "result = source"), ("modules = vault", "modules = other"):
        open("policy.ini", "w").write(text.replace(*change))
        _guard.reload()
        tell(lambda: vault.low.twice(2))
    """)
    assert done.out.splitlines()[1:] == [
        "ImportError vault is kept in the worker of no loader any more"] * 2, done.out + done.err
