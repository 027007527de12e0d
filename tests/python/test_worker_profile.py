# SPDX-License-Identifier: Apache-2.0
"""Each key of [sandbox NAME], seen to allow and seen to refuse. `require` is
seen to refuse in tests/escapes/test_machines.py, `callbacks` in
test_worker_callbacks.py."""

import os
import socket
import sys

import pytest

import guarded
import workerplace

pytestmark = pytest.mark.workers

POLICY = """
    default = allow
    trusted = @stdlib

    [sandbox box]
    deadline = 60s
    %s
"""

MAIN = """
    import stockade
    box = _guard.sandbox("box")
    for source in %r:
        try:
            print(repr(box.run(source).value))
        except Exception as error:
            print(type(error).__name__)
"""

KEYS = {
    "syscalls": ("import os\nlen(os.uname().sysname) > 0", [
        ("syscalls = @process-info", "True"),
        ("syscalls = @time", "PermissionError"),
        ("", "PermissionError")]),
    "memory": ("len(bytearray(150 << 20)) >> 20", [
        ("memory = 512M", "150"),
        ("memory = 128M", "MemoryError")]),
    "cpu": ("import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass\n'done'", [
        ("cpu = 10s", "'done'"),
        ("cpu = 1s", "WorkerDied")]),
    "preload": ("import _socket\n_socket.__name__", [
        ("preload = _socket", "'_socket'")]),
    "denials": ("for i in range(10):\n    try:\n        open('/x')\n    except OSError:\n        pass\nresult = 'here'", [
        ("denials = 10", "'here'"),
        ("denials = 9", "WorkerDied")]),
}


@pytest.fixture
def place(tmp_path):
    return guarded.Place(tmp_path)


def run(place, profile, *sources):
    place.policy(guarded.dedent(POLICY) % profile)
    done = place.install(guarded.dedent(MAIN) % (list(sources),))
    return done.out.splitlines() or [done.err]


@pytest.mark.parametrize("key, profile, answer", [
    (key, profile, answer) for key, (_, rows) in KEYS.items() for profile, answer in rows])
def test_a_key_allows_and_refuses(place, key, profile, answer):
    assert run(place, profile, KEYS[key][0]) == [answer]


def test_a_deadline_is_for_each_call(place):
    place.policy(guarded.dedent(POLICY).replace("60s", "3s") % "")
    done = place.install(guarded.dedent(MAIN) % (["import time\ntime.sleep(0.1)\n1", "import time\ntime.sleep(600)\n1"],))
    assert done.out == "1\nSandboxTimeout\n", done.err


def test_what_is_not_loaded_before_is_no_machine_code_of_a_worker(place):
    source = "import _ctypes\n1"
    assert run(place, "preload = _ctypes", source) == ["1"]
    if "_ctypes" not in sys.builtin_module_names:
        assert run(place, "", source) == ["ImportError"]


def test_output_is_cut_where_the_profile_says(place):
    for profile, length, rest in ("output = 4K", 4096, False), ("output = 8K", 5003, True):
        place.policy(guarded.dedent(POLICY) % profile)
        done = place.install("""
            out = _guard.sandbox("box").run("print('x' * 5000)\\nprint('y')").output.partition("\\n[stockade: ")[0]
            print(len(out), "y" in out)
        """)
        told, has_rest = done.out.split()
        assert int(told) <= length and (has_rest == "True") == rest, done.out + done.err


SLEEPERS = """
import threading, time
for i in range(6):
    threading.Thread(target=time.sleep, args=(20,)).start()
"""


def test_threads_are_as_many_as_processes_says(place):
    source = ("import threading\ndone = []\n"
              "threads = [threading.Thread(target=done.append, args=(i,)) for i in range(%d)]\n"
              "for t in threads:\n    t.start()\nfor t in threads:\n    t.join()\nlen(done)")
    assert run(place, "syscalls = @threads @process-info\nprocesses = 8", source % 2) == ["2"]
    assert run(place, "syscalls = @threads @process-info\nprocesses = 2", SLEEPERS) == ["RuntimeError"]
    assert run(place, "syscalls = @process-info", source % 2) == ["RuntimeError"]


def test_read_is_for_files_below_it_alone(place, tmp_path):
    for name in "open", "closed":
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.txt").write_text(name)
    sources = ["open(%r).read()" % str(tmp_path / name / "file.txt") for name in ("open", "closed")]
    sources += ["open(%r, 'w')" % str(tmp_path / "open" / "file.txt"), "import os\nos.listdir(%r)" % str(tmp_path / "open"),
                "open('/etc/passwd').read()"]
    told = run(place, "syscalls = @files-read @process-info\nread = %s" % (tmp_path / "open"), *sources)
    assert told[0] == "'open'" and told[3] == "['file.txt']", told
    assert all(one in ("PermissionError", "FileNotFoundError") for one in (told[1], told[2], told[4])), told


def test_write_is_for_files_below_it_alone(place, tmp_path):
    for name in "open", "closed":
        (tmp_path / name).mkdir()
        # for whom a worker of root's is
        (tmp_path / name).chmod(0o777)
    write = "with open(%r, 'w') as file:\n    file.write('here')\n1"
    sources = [write % str(tmp_path / name / "new.txt") for name in ("open", "closed")]
    told = run(place, "syscalls = @files-write @process-info\nwrite = %s" % (tmp_path / "open"), *sources)
    assert told[0] == "1" and told[1] in ("PermissionError", "FileNotFoundError"), told
    assert (tmp_path / "open" / "new.txt").read_text() == "here" and not (tmp_path / "closed" / "new.txt").exists()


FILES = "syscalls = @files-write @process-info\npreload = shutil tempfile\nwrite = %s"


def test_temporary_files_and_openers_are_files_to_write(place, tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "old.txt").write_text("old")
    use = "import tempfile\nwith tempfile.%s(dir=%r) as file:\n    print(file.write(b'abc'))\n1"
    sources = [use % (kind, str(folder)) for kind in ("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile")]
    sources += ["import os\nwith open(%r, opener=lambda p, f: os.open(p, f)) as file:\n    text = file.read()\ntext"
                % str(folder / "old.txt"),
                "import shutil\nshutil.copyfile(%r, %r)\n1" % (str(folder / "old.txt"), str(folder / "new.txt"))]
    told = run(place, FILES % folder, *sources)
    assert told == ["1", "1", "1", "'old'", "1"] and (folder / "new.txt").read_text() == "old", told


def test_nothing_but_the_bytes_of_a_file_is_changed(place, tmp_path):
    """A descriptor that may only be read would do for fchmod(), and Landlock looks at none of these."""
    for name in "open", "seen":
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o777)
        (tmp_path / name / "file.txt").write_text(name)
        (tmp_path / name / "file.txt").chmod(0o666)
    before = [(tmp_path / name / "file.txt").stat() for name in ("open", "seen")]
    calls = ["os.chmod(%s, 0o4777)", "os.utime(%s, (1, 1))", "os.chown(%s, os.getuid(), os.getgid())",
             "os.setxattr(%s, 'user.a', b'1')"]
    sources = []
    for name in "open", "seen":
        path = repr(str(tmp_path / name / "file.txt"))
        sources += ["import os\n" + call % of for call in calls for of in (path, "os.open(%s, os.O_RDONLY)" % path)]
    sources.append("import os\nos.truncate(%r, 1)" % str(tmp_path / "seen" / "file.txt"))
    told = run(place, FILES % (tmp_path / "open") + "\nread = %s" % (tmp_path / "seen"), *sources)
    assert told == ["PermissionError"] * len(sources), told
    after = [(tmp_path / name / "file.txt").stat() for name in ("open", "seen")]
    assert [(s.st_mode, s.st_mtime, s.st_size, s.st_ctime) for s in before] == \
        [(s.st_mode, s.st_mtime, s.st_size, s.st_ctime) for s in after]


def test_network_is_for_its_ports_alone(place):
    if not workerplace.closes_ports():
        pytest.skip("this machine closes no port off")
    with socket.socket() as one, socket.socket() as two:
        for listener in one, two:
            listener.bind(("127.0.0.1", 0))
            listener.listen(5)
        source = "import socket\ns = socket.socket()\ns.settimeout(60)\ns.connect(('127.0.0.1', %d))\ns.close()\n'connected'"
        sources = [source % listener.getsockname()[1] for listener in (one, two)]
        network = "syscalls = @network @process-info\npreload = socket\n"
        told = run(place, network + "network = %d" % one.getsockname()[1], *sources)
        assert told == ["'connected'", "PermissionError"], told
        assert run(place, "syscalls = @process-info\npreload = socket", sources[0]) == ["PermissionError"]


# ---- what people do with a box -------------------------------------------------

def test_state_is_kept_by_whoever_keeps_it(place):
    place.policy(guarded.dedent(POLICY) % "")
    done = place.install(r"""
        box = _guard.sandbox("box")
        rows = "name,price\nfig,3\nplum,4\n"
        total = box.run("import csv, io\n"
                        "rows = list(csv.DictReader(io.StringIO(text)))\n"
                        "sum(int(row['price']) for row in rows)", inputs={"text": rows}).value
        print(total)
        # one object of the worker is used again where it lives
        keep = box.run("seen = {}\ndef add(k, v):\n    seen[k] = v\n    return len(seen)\nadd").value
        print(keep("a", 1), keep("b", 2))
        # and a value that comes out goes in again
        state = box.run("{'n': 1}").value
        for i in range(3):
            state = box.run("state['n'] *= 2\nstate", inputs={"state": state}).value
        print(state)
        print(box.run("for i in range(3): print(i)").output.split())
    """)
    assert done.out == "7\n1 2\n{'n': 8}\n['0', '1', '2']\n", done.out + done.err
