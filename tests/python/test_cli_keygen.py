# SPDX-License-Identifier: Apache-2.0
"""stockade keygen: a key pair, and the passphrase that it asks for."""

import base64
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

from clitool import STOCKADE, answer, environment, run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def decode(path):
    first, second, rest = path.read_text().split("\n")
    assert first.startswith("untrusted comment: ")
    assert rest == ""
    return base64.b64decode(second, validate=True)


def test_the_files_are_minisign_s(folder):
    done = run("keygen", "-W", "-o", "corp")
    assert (done.returncode, done.stderr) == (0, "")
    public, secret = decode(folder / "corp.pub"), decode(folder / "corp.key")
    assert (len(public), len(secret)) == (42, 158)
    assert public[:2] == b"Ed"
    assert secret[:6] == b"Ed\0\0B2"
    assert secret[54:62] == public[2:10]  # the identifier
    assert secret[94:126] == public[10:]
    text = (folder / "corp.pub").read_text().split("\n")[1]
    assert done.stdout.splitlines() == [
        "secret key: corp.key (in the open: whoever reads it can sign)",
        "public key: corp.pub",
        "",
        "to trust it for a package, write into the policy:",
        "",
        "[key corp]",
        "public  = " + text,
        "modules = PACKAGE",
    ]


def test_the_secret_key_is_for_its_owner_alone(folder):
    assert run("keygen", "-W").returncode == 0
    assert (folder / "stockade.key").stat().st_mode & 0o7777 == 0o600
    assert (folder / "stockade.pub").stat().st_mode & 0o7133 == 0


def test_two_keys_are_two(folder):
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    assert (folder / "a.pub").read_text() != (folder / "b.pub").read_text()


def test_a_folder_that_is_not_there_is_told_before_a_passphrase_is_asked_for(folder):
    done = run("keygen", "-o", "none/x", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "stockade: none/x.key: No such file or directory\n"


def test_a_folder_is_no_name(folder):
    done = run("keygen", "--no-passphrase", "-o", ".", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "stockade keygen: --output wants a name: . is a folder"
    assert os.listdir(str(folder)) == []


@pytest.mark.parametrize("there", ["x.key", "x.pub"])
def test_nothing_is_overwritten(folder, there):
    (folder / there).write_text("mine\n")
    done = run("keygen", "-W", "-o", "x")
    assert done.returncode == 1
    assert done.stderr == "stockade: %s is there already; a key is never overwritten\n" % there
    assert [name for name in os.listdir(str(folder))] == [there]
    assert (folder / there).read_text() == "mine\n"


def test_a_folder_that_is_not_there_is_told(folder):
    done = run("keygen", "-W", "-o", "none/x")
    assert done.returncode == 1
    assert done.stderr == "stockade: none/x.key: No such file or directory\n"


def test_a_key_is_encrypted_unless_asked_otherwise(folder):
    (folder / "pass").write_text("geheim\n")
    done = run("keygen", "-o", "corp", "--passphrase-file", "pass")
    assert (done.returncode, done.stderr) == (0, "")
    assert "(encrypted with the passphrase)" in done.stdout
    secret = decode(folder / "corp.key")
    public = decode(folder / "corp.pub")
    assert secret[:6] == b"EdScB2"
    assert public[2:] not in secret
    (folder / "m.py").write_text("x = 1\n")
    good = run("sign", "--key", "corp.key", "--passphrase-file", "pass", "m.py")
    assert (good.returncode, good.stderr) == (0, "")
    assert run("verify", "--key", "corp.pub", "m.py").returncode == 0
    bad = run("sign", "--key", "corp.key", "--passphrase-file", "-", "m.py", input="Geheim\n")
    assert bad.returncode == 1
    assert bad.stderr == "stockade: corp.key: wrong passphrase\n"


def test_without_a_terminal_it_says_what_to_do(folder):
    done = run("keygen", start_new_session=True)
    assert done.returncode == 3
    assert done.stderr == (
        "stockade: there is no terminal to ask for the passphrase; "
        "give it with --passphrase-file FILE\n"
    )
    assert os.listdir(str(folder)) == []


def test_json_says_where_and_which(folder):
    told, code = answer("keygen", "-W", "-o", "corp")
    assert code == 0
    assert told == {
        "secret_key": "corp.key",
        "public_key": "corp.pub",
        "public": (folder / "corp.pub").read_text().split("\n")[1],
        "id": decode(folder / "corp.pub")[9:1:-1].hex().upper(),
    }


@pytest.mark.parametrize("line, message", [
    (["corp"], 'what is "corp"? the name of the files is given with -o'),
    (["-o", ""], "--output wants a name"),
    (["-o", "keys/"], "--output wants a name"),
    (["-W", "--passphrase-file", "x"],
     "--no-passphrase and --passphrase-file do not go together"),
])
def test_wrong_lines_are_told(folder, line, message):
    done = run("keygen", *line)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "stockade keygen: " + message


def test_an_empty_passphrase_file_is_refused(folder):
    (folder / "pass").write_text("\n")
    done = run("keygen", "--passphrase-file", "pass")
    assert done.returncode == 1
    assert done.stderr == "stockade: pass: holds no passphrase\n"


# ---- the terminal ---------------------------------------------------------


class Terminal:
    """A command with a terminal of its own."""

    def __init__(self, *args, ahead=""):
        self.master, slave = pty.openpty()
        name = os.ttyname(slave)
        self.type(ahead)

        def take():
            os.setsid()
            os.close(os.open(name, os.O_RDWR))

        self.process = subprocess.Popen(
            [STOCKADE, *args], stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=take, env=environment(),
        )
        self.slave = slave
        self.seen = ""

    def until(self, text, seconds=300):
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready = select.select([self.master], [], [], max(0, end - time.monotonic()))[0]
            assert ready, "%r did not come: %r" % (text, self.seen)
            self.seen += os.read(self.master, 4096).decode()

    def type(self, text):
        os.write(self.master, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def wait_for_echo(self, wanted, seconds=300):
        """Reads meanwhile: who sets a terminal up waits until all that he
        wrote was read."""
        end = time.monotonic() + seconds
        while self.echoes() != wanted:
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.01)[0]:
                self.seen += os.read(self.master, 4096).decode()

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(folder):
    made = []

    def make(*args, **kwargs):
        made.append(Terminal(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_passphrase_is_asked_twice_and_not_shown(folder, terminal):
    there = terminal("keygen", "-o", "corp")
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    there.type("geheim\n")
    there.until("again: ")
    there.wait_for_echo(False)
    there.type("geheim\n")
    there.until("modules = PACKAGE")
    assert there.process.wait(300) == 0
    assert there.echoes()
    assert "geheim" not in there.seen
    (folder / "m.py").write_text("x = 1\n")
    signing = terminal("sign", "--key", "corp.key", "m.py")
    signing.until("passphrase of corp.key: ")
    signing.wait_for_echo(False)
    signing.type("geheim\n")
    assert signing.process.wait(300) == 0
    assert run("verify", "--key", "corp.pub", "m.py").returncode == 0


@pytest.mark.parametrize("first, second, message", [
    ("geheim", "Geheim", "the two passphrases differ"),
    ("", None, "an empty passphrase protects nothing"),
])
def test_a_passphrase_that_will_not_do_makes_no_key(folder, terminal, first, second, message):
    there = terminal("keygen")
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    there.type(first + "\n")
    if second is not None:
        there.until("again: ")
        there.wait_for_echo(False)
        there.type(second + "\n")
    there.until(message)
    assert there.process.wait(300) == 1
    assert os.listdir(str(folder)) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(folder, terminal, number):
    there = terminal("keygen")
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    os.kill(there.process.pid, number)
    assert there.process.wait(300) == -number
    assert there.echoes()
    assert os.listdir(str(folder)) == []


def test_a_stopped_command_asks_again(folder, terminal):
    there = terminal("keygen")
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    there.seen = ""
    # nobody is there to let it go on: the kernel drops the stop that follows
    os.kill(there.process.pid, signal.SIGTSTP)
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    there.type("\x04")  # end of input
    there.until("no passphrase was given")
    assert there.process.wait(300) == 1
    assert there.echoes()


def test_what_is_typed_ahead_is_not_taken(folder, terminal):
    there = terminal("keygen", ahead="typed in the open\n")
    there.until("new passphrase: ")
    there.wait_for_echo(False)
    there.type("geheim\n")
    there.until("again: ")
    there.wait_for_echo(False)
    there.type("typed in the open\n")
    there.until("the two passphrases differ")
    assert re.search("differ", there.seen)


def test_a_limit_of_file_sizes_is_told_and_leaves_nothing(folder):
    done = subprocess.run(["sh", "-c", 'ulimit -f 0; exec "$0" keygen -W -o corp', STOCKADE],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, env=environment(), timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("File too large\n"), done.stderr
    assert list(folder.iterdir()) == []
