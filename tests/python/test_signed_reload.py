# SPDX-License-Identifier: Apache-2.0
# covers: guard/succession.c
"""guard.reload() while signed packages are loaded in part: what is imported of them then is
looked for where the package is, by the keys of the new policy."""

import pytest

from signedyard import packed, plain, tree, yard

HALF = """
import stockade, shop
with open(%r) as new, open(%r, "w") as out:
    out.write(new.read())
stockade.current().reload()
for name in ("shop.cart", "shop.deep.low"):
    try:
        module = __import__(name, fromlist=["release"])
        print(name, type(module.__loader__).__name__, module.release)
    except ImportError as error:
        print(name, error.reason, error)
"""

BOTH = ["shop.cart VerifiedLoader 1", "shop.deep.low VerifiedLoader 1"]


def with_new_policy(yard, *again, **policy):
    """What a program sees that imports half of shop, and the rest under another policy."""
    old = yard.ini.read_text()
    yard.policy(**policy)
    new = yard.folder / "new.ini"
    yard.ini.rename(new)
    yard.ini.write_text(old)
    code = HALF % (str(new), str(yard.ini))
    done = yard.run(code + "".join(again))
    yard.ini.write_text(old)
    assert done.code == 0, done.err
    assert not yard.mark.exists()
    return done.out.splitlines()


@pytest.mark.parametrize("kind", ["tree", "plain", "packed"])
def test_the_rest_of_a_package_is_where_the_package_is(kind, request):
    yard = request.getfixturevalue(kind)
    rule = "shop = signed bundle:shop.stk" if kind == "packed" else "shop = signed"
    assert with_new_policy(yard, modules=rule + "\nother = deny") == BOTH


def test_the_tree_may_be_above_the_package(yard):
    yard.sign(yard.lib)
    assert with_new_policy(yard, modules="shop = signed\nother = deny") == BOTH


def test_a_second_reload_keeps_it_too(tree, packed):
    again = "stockade.current().reload()\nimport shop.pay\nprint(shop.pay.release)\n"
    rule = "shop = signed bundle:shop.stk"
    assert with_new_policy(packed, again, modules=rule + "\nother = deny") == BOTH + ["1"]


def test_files_with_signatures_of_their_own(yard):
    for file in sorted((yard.lib / "shop").rglob("*.py")):
        yard.sign(file, root=yard.lib)
    assert with_new_policy(yard, modules="shop = signed\nother = deny") == BOTH


def test_a_package_that_was_found_before_and_is_executed_afterwards(yard):
    yard.sign(yard.lib)
    done = yard.run("""
        import importlib.util, stockade
        spec = importlib.util.find_spec("shop")
        module = sys.modules["shop"] = importlib.util.module_from_spec(spec)
        stockade.current().reload()
        spec.loader.exec_module(module)
        import shop.cart, shop.deep.low
        print(shop.cart.release, shop.deep.low.release)
    """)
    assert done.out == "1 1\n", done.err


def test_the_keys_of_the_new_policy_count(tree):
    for line in with_new_policy(tree, keys="b"):
        assert line.split()[1] == "unknown-key"


def test_a_bundle_that_is_in_no_rule_any_more(packed):
    """The files that lie on sys.path are not what the package is of."""
    for line in with_new_policy(packed, modules="shop = signed"):
        assert line.split()[1] == "unsigned"
        assert "shop.stk" in line and "no rule names" in line


def test_a_tree_that_is_gone(tree):
    done = tree.run("""
        import os, shop, stockade
        os.unlink(%r)
        stockade.current().reload()
        try:
            import shop.cart
        except ImportError as error:
            print(error.reason, error)
    """ % str(tree.lib / "shop/STOCKADE.manifest"))
    assert done.out.startswith("unsigned "), done.out + done.err
    assert "has no STOCKADE.manifest any more" in done.out
