# SPDX-License-Identifier: Apache-2.0
"""stockade verify: whose signatures files have, and what a policy says."""

import pytest

from clitool import answer, run


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """shop/cart.py, signed with the key a; keys a and b."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "cart.py").write_bytes(b"print('cart')\n")
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    sign(tmp_path)
    return tmp_path


def sign(folder, *more, key="a", path="shop/cart.py"):
    done = run("sign", "--key", key + ".key", "--root", ".", *more, path)
    assert done.returncode == 0, done.stderr


def verify(*more, key=None, policy=None, path="shop/cart.py"):
    against = ["--policy", policy] if policy else ["--key", key or "a.pub"]
    return run("verify", *against, "--root", ".", *more, path)


def public(name):
    with open(name + ".pub") as file:
        return file.read().split("\n")[1]


def write_policy(folder, keys, signing=""):
    """[key NAME] sections; `keys` is {name: (file, more lines)}."""
    text = "[stockade]\nversion = 1\n"
    for name, (file, more) in keys.items():
        text += "[key %s]\npublic = %s\n%s\n" % (name, public(file), more)
    text += "[signing]\n" + signing if signing else ""
    path = folder / "p.ini"
    path.write_text(text + "\n[modules]\nshop = signed\n")
    path.chmod(0o644)
    return "p.ini"


def test_a_good_signature_is_told(shop):
    sign(shop, "--version", "1.2", "--expires", "2030-01-31")
    done = verify()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("shop/cart.py: good, the module shop.cart signed by a.pub on 2")
    assert done.stdout.endswith(", version 1.2, until 2030-01-31\n")


def test_the_key_may_be_written_out(shop):
    assert verify(key=public("a")).returncode == 0
    assert verify(key=public("b")).returncode == 1


def test_any_of_several_keys_will_do(shop):
    done = run("verify", "--key", "b.pub", "--key", "a.pub", "--root", ".", "shop/cart.py")
    assert done.returncode == 0
    assert " signed by a.pub on " in done.stdout


def test_json_tells_it_all(shop):
    sign(shop, "--version", "1.2", "--sequence", "7", "--expires", "2030-01-31")
    told, code = answer("verify", "--key", "a.pub", "--root", ".", "shop/cart.py")
    assert code == 0
    [one] = told["results"]
    assert told["good"] is True
    assert one.pop("signed").endswith("Z")
    assert len(one.pop("hash")) == 64
    assert one == {
        "path": "shop/cart.py", "kind": "module", "name": "shop.cart", "trust": "ok",
        "message": None, "key": "a.pub", "retiring": False, "package": "shop",
        "version": "1.2", "sequence": 7, "expires": "2030-01-31T23:59:59Z",
    }


def test_json_of_a_refusal_has_the_reason(shop):
    (shop / "shop" / "cart.py").write_bytes(b"print('evil')\n")
    told, code = answer("verify", "--key", "a.pub", "--root", ".", "shop/cart.py")
    assert code == 1
    [one] = told["results"]
    assert told["good"] is False
    assert one["trust"] == "bad-signature"
    assert "these are not the bytes that were signed" in one["message"]
    assert (one["key"], one["sequence"], one["signed"]) == (None, None, None)


def test_one_bad_file_of_several_is_no(shop):
    (shop / "shop" / "new.py").write_bytes(b"")
    done = run("verify", "--key", "a.pub", "--root", ".", "shop/cart.py", "shop/new.py")
    assert done.returncode == 1
    good, bad = done.stdout.splitlines()
    assert good.startswith("shop/cart.py: good, ")
    assert bad == (
        "shop/new.py: unsigned: shop.new has no signature; sign it with a.pub: "
        "stockade sign --key FILE PATH"
    )


def test_a_file_that_is_not_there_is_unreadable(shop):
    done = verify(path="shop/none.py")
    assert done.returncode == 1
    assert done.stdout == (
        "shop/none.py: unreadable: shop/none.py: cannot open: No such file or directory\n"
    )


def test_a_policy_says_which_key_is_for_what(shop):
    policy = write_policy(shop, {
        "vendor": ("a", "modules = tools.*"), "ops": ("b", "modules = shop, tools"),
    })
    done = verify(policy=policy)
    assert done.returncode == 1
    assert done.stdout == (
        "shop/cart.py: key-out-of-scope: shop.cart is signed by vendor, which may sign for "
        "tools.* alone; sign it with ops: stockade sign --key FILE PATH\n"
    )
    sign(shop, key="b")
    done = verify(policy=policy)
    assert done.returncode == 0
    assert " signed by ops on " in done.stdout


def test_a_retiring_key_is_a_warning(shop):
    policy = write_policy(shop, {"old": ("a", "modules = *\nstatus = retiring")})
    done = verify(policy=policy)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        "shop/cart.py: warning: signed by old, which is retiring: sign it again with the key "
        "that takes its place"
    )


def test_a_revoked_key_is_refused_with_its_date(shop):
    policy = write_policy(shop, {"old": ("a", "modules = *\nstatus = revoked 2026-01-31")})
    done = verify(policy=policy)
    assert done.returncode == 1
    assert ": key-revoked: shop.cart is signed by old, which was revoked on 2026-01-31;" in (
        done.stdout
    )


def test_old_and_new_key_are_good_together(shop):
    sign(shop, "--additional", key="b")
    keys = {"old": ("a", "modules = *\nstatus = retiring"), "new": ("b", "modules = *")}
    done = verify(policy=write_policy(shop, keys))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert " signed by old, new on " in done.stdout


def test_a_threshold_says_who_is_missing(shop):
    keys = {"a": ("a", "modules = *"), "b": ("b", "modules = *")}
    policy = write_policy(shop, keys, "threshold = shop:2\n")
    done = verify(policy=policy)
    assert done.returncode == 1
    assert done.stdout == (
        "shop/cart.py: threshold: shop.cart is signed by a; the policy wants 2 keys for shop, "
        "so that b must sign too: stockade sign --key FILE --additional PATH\n"
    )
    sign(shop, "--additional")  # by the same key again
    assert verify(policy=policy).returncode == 1
    sign(shop, "--additional", key="b")
    assert verify(policy=policy).returncode == 0


def test_accept_remembers_in_the_state_file(shop):
    keys = {"a": ("a", "modules = *")}
    policy = write_policy(shop, keys, "state = seen.state\nrequire_state = yes\n")
    sign(shop, "--sequence", "5")
    done = verify(policy=policy)
    assert done.returncode == 1
    assert ": state-missing: the state file seen.state is missing" in done.stdout
    assert verify("--accept", policy=policy).returncode == 0
    assert (shop / "seen.state").read_text().startswith("stockade-state 1\nshop 5 ")
    assert verify(policy=policy).returncode == 0
    sign(shop, "--sequence", "4")
    done = verify(policy=policy)
    assert done.returncode == 1
    assert done.stdout == (
        "shop/cart.py: rollback: sequence 4 of shop is older than 5, which was accepted "
        "before; get a release from there on\n"
    )
    sign(shop, "--sequence", "1000006")
    assert ": sequence-jump: " in verify(policy=policy).stdout


def test_what_could_not_be_remembered_is_not_accepted(shop):
    keys = {"a": ("a", "modules = *")}
    policy = write_policy(shop, keys, "state = none/seen.state\n")
    done = verify("--accept", policy=policy)
    assert done.returncode == 1
    assert ": state-missing: none/seen.state: cannot lock: No such file" in done.stdout


def test_the_context_must_be_the_same(shop):
    sign(shop, "--context", "corp/dev")
    assert ": context-mismatch: " in verify().stdout
    assert ": context-mismatch: " in verify("--context", "corp/prod").stdout
    assert verify("--context", "corp/dev").returncode == 0


def test_a_policy_can_be_signed(shop):
    policy = write_policy(shop, {"a": ("a", "modules = *")})
    sign(shop, "--kind", "policy", path=policy)
    assert verify("--kind", "policy", path=policy).returncode == 0
    assert ": kind-mismatch: " in verify("--kind", "data", path=policy).stdout


def test_a_signed_data_file_is_no_policy(shop):
    policy = write_policy(shop, {"a": ("a", "modules = *")})
    sign(shop, "--kind", "data", path=policy)
    done = verify("--kind", "policy", path=policy)
    assert done.returncode == 1
    assert ": kind-mismatch: " in done.stdout


@pytest.mark.parametrize("line, message", [
    (["x.py"], "--policy POLICY or --key KEY is missing"),
    (["--key", "a.pub"], "PATH... is missing"),
    (["--key", "a.pub", "--accept", "x.py"],
     "--accept is for --policy: its state file remembers"),
    (["--policy", "p.ini", "--key", "a.pub", "x.py"],
     "--policy says it all: --key, --context and --binding do not go with it"),
    (["--key", "a.pub", "--binding", "loose", "x.py"],
     '--binding is strict or basename, not "loose"'),
    (["--key", "a.pub"] * 10 + ["x.py"], "--key is given at most 9 times"),
])
def test_wrong_lines_are_told(shop, line, message):
    if line.count("--key") == 10:
        for n in range(9):
            run("keygen", "-W", "-o", "k%d" % n)
        line = [word for n in range(9) for word in ("--key", "k%d.pub" % n)]
        line += ["--key", "a.pub", "x.py"]
    done = run("verify", *line)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "stockade verify: " + message


@pytest.mark.parametrize("key, message", [
    ("none.pub", "none.pub: cannot open: No such file or directory"),
    ("a.key", "a.key: is a secret key, for nobody but who signs; give the public key, the .pub file that was made with it"),
    ("shop/cart.py", "shop/cart.py: a public key has 56 characters, as RWQ..., not 13"),
    ("RW" + "A" * 54, "is no public key of minisign's: it begins with RW"),
])
def test_what_is_no_key_is_told(shop, key, message):
    done = verify(key=key)
    assert done.returncode == 1
    assert done.stderr == "stockade: %s\n" % message


def test_a_policy_with_errors_is_told(shop):
    (shop / "p.ini").write_text("[stockade]\nversion = 2\n")
    (shop / "p.ini").chmod(0o644)
    done = verify(policy="p.ini")
    assert done.returncode == 1
    assert done.stderr.startswith("p.ini:2: ")


def test_one_key_given_twice_is_one(shop):
    done = run("verify", "--key", "a.pub", "--key", "a.pub", "--root", ".", "shop/cart.py")
    assert done.returncode == 1
    assert done.stderr == "stockade: the keys a.pub and a.pub are the same key\n"


def test_other_line_ends_are_told(shop):
    path = shop / "shop" / "cart.py"
    lf = b"a = 1\nb = 2\n"
    for signed, found, message in [
        (lf, lf.replace(b"\n", b"\r\n"), "LF alone"),
        (lf.replace(b"\n", b"\r\n"), lf, "CR LF"),
    ]:
        path.write_bytes(signed)
        sign(shop)
        path.write_bytes(found)
        done = verify()
        assert done.returncode == 1
        assert done.stdout == (
            "shop/cart.py: bad-signature: its line ends were changed: what was signed has %s\n"
            % message
        )
