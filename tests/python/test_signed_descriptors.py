# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/extension.c
"""A program that closes every descriptor it does not know, as daemons do, and goes on importing."""

import os

import pytest

import guarded
import signing
from signedyard import tree, yard

CLOSE = """
    import os
    os.closerange(3, 100)
    others = [open(os.devnull) for _ in range(8)]
"""


def test_what_is_in_a_tree_is_found_and_verified_still(tree):
    done = tree.run("import shop\n" + guarded.dedent(CLOSE) + guarded.dedent("""
        import stockade
        import shop.cart
        open(%r, "w").write(%r)
        try:
            import shop.pay
        except stockade.SignatureError as error:
            print(shop.cart.release, error.reason)
        print(shop.__loader__.get_data(%r))
    """ % (str(tree.lib / "shop/pay.py"), tree.evil, str(tree.lib / "shop/table.txt"))))
    assert done.out == "1 hash-mismatch\nb'1\\n'\n", done.err
    assert not tree.mark.exists()


def test_what_is_the_programs_stays_open(tree):
    """Of the descriptors that were ours, the numbers are others' by now."""
    done = tree.run("import shop\n" + guarded.dedent(CLOSE) + guarded.dedent("""
        import stockade
        del sys.modules["shop"], shop
        stockade.current().reload()
        import shop.cart
        print(shop.cart.release, sum(os.fstat(other.fileno()).st_rdev != 0 for other in others))
    """))
    assert done.out == "1 8\n", done.err


def extensions(yard):
    folder, suffix = signing.Site.python(
        yard, "-c", "import sysconfig; print(sysconfig.get_config_var('DESTSHARED'));"
                    "print(sysconfig.get_config_var('EXT_SUFFIX'))").split()
    for name in ("_queue", "_bisect"):
        real = os.path.join(folder, name + suffix)
        if not os.path.exists(real):
            pytest.skip(name + " is built in")
        with open(real, "rb") as file:
            (yard.lib / "shop" / (name + suffix)).write_bytes(file.read())


@pytest.mark.parametrize("kind", ["tree", "bundle"])
def test_extensions_are_not_mixed_up(yard, kind):
    """Each is loaded as what was verified, and not as what had its number before."""
    extensions(yard)
    if kind == "tree":
        yard.sign(yard.lib / "shop")
    else:
        yard.bundle(yard.lib / "shop")
        yard.policy("shop = signed bundle:shop.stk")
    done = yard.run(guarded.dedent("""
        import os, shop._queue as first
        os.closerange(3, 100)
        import shop._bisect as second
        print(second.insort_left.__name__, first.SimpleQueue.__name__)
        os.closerange(3, 100)
        others = [open(os.devnull) for _ in range(8)]
        del sys.modules["shop._bisect"], sys.modules["shop._queue"]
        import shop._queue as first, shop._bisect as second
        print(second.insort_left.__name__, first.SimpleQueue.__name__)
    """))
    assert done.out == "insort_left SimpleQueue\n" * 2, done.err
    assert not done.attempts(verdict="deny")
