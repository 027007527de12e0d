# SPDX-License-Identifier: Apache-2.0
"""stockade audit: reading a log back."""

import json
import os
import select
import signal
import subprocess
import time

import pytest

from clitool import STOCKADE, Chain, answer, digest, environment, run, sample_lines, write_lines


@pytest.fixture
def log(tmp_path):
    return write_lines(tmp_path / "log.jsonl", sample_lines())


def rows(text):
    """The rows of a table, without its heading."""
    return text.splitlines()[1:]


# ---- show


def test_show_is_a_table(log):
    done = run("audit", "show", log)
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "TIME", "PID", "VERDICT", "OUTCOME", "NAME", "IMPORTER", "RULE", "OR", "REASON",
    ]
    assert [line.split()[2:] for line in lines[1:]] == [
        ["100", "start", "-", "-", "-", "-"],
        ["100", "allow", "found", "json", "app", "p.ini:7"],
        ["100", "allow", "cached", "json", "app.sub", "p.ini:7"],
        ["100", "deny", "refused", "os.path", "plugins.a", "p.ini:9"],
        ["100", "deny", "refused", "socket", "-", "default"],
        ["100", "end", "-", "-", "-", "-"],
    ]
    assert lines[1].startswith("2026-01-31 12:00:00.000 ")


def test_show_json_passes_records_through(log):
    done = run("audit", "show", "--format", "json", log)
    assert done.returncode == 0
    assert done.stdout == log.read_text()


def test_show_reads_standard_input(log):
    done = run("audit", "show", "--format=json", "-", input=log.read_text())
    assert done.returncode == 0
    assert done.stdout == log.read_text()


def test_the_help_has_the_events_that_are_taken(log):
    line = next(line for line in run("audit", "show", "--help").stdout.splitlines()
                if line.startswith("  --event"))
    told = line.split("EVENT", 1)[1].replace(";", "").replace(": audit events", "")
    events = told.replace(" or ", ", ").strip().split(", ")
    assert len(events) == 14, events
    for event in events:
        done = run("audit", "show", "--event", event, log)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "options, names",
    [
        (["--denied"], ["os.path", "socket"]),
        (["--name", "json"], ["json", "json"]),
        (["--name", "os"], ["os.path"]),
        (["--name", "o"], []),
        (["--importer", "app"], ["json", "json"]),
        (["--importer", "app.sub"], ["json"]),
        (["--event", "import", "--denied"], ["os.path", "socket"]),
        (["--pid", "100", "--name", "socket"], ["socket"]),
        (["--pid", "7"], []),
        (["--since", "2026-01-31T12:00:00.000004"], ["socket", None]),
        (["--since", "2026-02-01"], []),
        (["--event", "start"], [None]),
        (["--event", "end"], [None]),
        (["--denied", "--importer", "plugins"], ["os.path"]),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_show_filters(log, options, names):
    done = run("audit", "show", *options, "--format", "json", log)
    assert done.returncode == 0
    assert [json.loads(line).get("name") for line in done.stdout.splitlines()] == names


@pytest.mark.parametrize("event, names", [
    ("os.system", ["os.system"]),
    ("ctypes.dlsym", ["ctypes.dlsym/handle"]),
    ("@events.process", ["os.system"]),
    ("ctypes.*", ["ctypes.dlsym/handle"]),
    ("*", ["os.system", "ctypes.dlsym/handle"]),
    ("socket.connect", []),
])
@pytest.mark.parametrize("part", ["show", "stats"])
def test_audit_events_are_named_as_a_policy_names_them(tmp_path, part, event, names):
    chain = Chain()
    log = write_lines(tmp_path / "log", [chain.line("start"), chain.line(name="os.system")] + [
        chain.line(name, name=name, importer="p", verdict="deny", outcome="refused")
        for name in ("os.system", "ctypes.dlsym/handle")])
    done = run("audit", part, "--event", event, "--format", "json", log)
    assert done.returncode == 0, done.stderr
    if part == "show":
        assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == names
    else:
        assert json.loads(done.stdout)["events"] == {name: 1 for name in names}


def test_show_since_counts_back(tmp_path):
    now = time.gmtime(time.time() - 60)
    chain = Chain(start=time.strftime("%Y-%m-%dT%H:%M:%S", now))
    log = write_lines(tmp_path / "log", [chain.line(name="a", verdict="allow")])
    assert len(run("audit", "show", "--since", "10m", "--format=json", log).stdout) > 0
    assert run("audit", "show", "--since", "5s", log).stdout == ""


def test_show_tells_what_is_no_record_and_goes_on(tmp_path):
    lines = sample_lines()
    log = write_lines(tmp_path / "log", [lines[0], "{not json", lines[1]])
    done = run("audit", "show", "--format", "json", log)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [lines[0], lines[1]]
    assert done.stderr.startswith("%s:2: " % log)
    assert len(done.stderr.splitlines()) == 1


def test_show_of_an_empty_log_is_empty(tmp_path):
    log = write_lines(tmp_path / "log", [])
    done = run("audit", "show", log)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("part", ["show", "stats", "verify"])
def test_a_log_that_is_not_there_is_told(tmp_path, part):
    done = run("audit", part, tmp_path / "none")
    assert done.returncode == 1
    assert done.stdout == ""
    assert str(tmp_path / "none") in done.stderr
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("part", ["show", "stats", "verify"])
def test_a_folder_is_no_log(tmp_path, part):
    done = run("audit", part, tmp_path)
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr


def test_show_lets_nothing_drive_the_terminal(tmp_path):
    chain = Chain()
    bad = "a\x1b[2J\nb\u202e\u009b"
    log = write_lines(
        tmp_path / "log",
        [chain.line(name=bad, importer=bad, verdict=bad, outcome=bad, rule=bad)],
    )
    done = run("audit", "show", log)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    for char in "\x1b\u202e\u009b":
        assert char not in done.stdout
    assert r"a\x1b[2J\x0ab\u202e\u009b" in done.stdout


def test_show_a_long_name_is_one_row(tmp_path):
    log = write_lines(tmp_path / "log", [Chain().line(name="x" * 100000, verdict="deny")])
    done = run("audit", "show", log)
    assert done.returncode == 0
    assert len(rows(done.stdout)) == 1


# ---- stats


def test_stats_counts(log):
    told, code = answer("audit", "stats", log)
    assert code == 0
    assert told == {
        "records": 6,
        "invalid": 0,
        "processes": 1,
        "first": "2026-01-31T12:00:00.000000Z",
        "last": "2026-01-31T12:00:00.000005Z",
        "events": {"start": 1, "import": 4, "end": 1},
        "verdicts": {"allow": 2, "deny": 2},
        "outcomes": {"found": 1, "cached": 1, "refused": 2},
        "reasons": {"rule": 3, "default": 1},
        "repeats": 5,
        "ns": {"records": 4, "total": 12000, "mean": 3000, "most": 6000},
        "denied": {
            "names": [{"name": "os.path", "count": 1}, {"name": "socket", "count": 1}],
            "importers": [
                {"name": "(unknown)", "count": 1},
                {"name": "plugins.a", "count": 1},
            ],
            "rules": [{"name": "default", "count": 1}, {"name": "p.ini:9", "count": 1}],
        },
    }


def test_stats_for_people(log):
    done = run("audit", "stats", log)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "records   6 in 1 process",
        "between   2026-01-31T12:00:00.000000Z to 2026-01-31T12:00:00.000005Z",
        "events    import 4, end 1, start 1",
        "verdicts  allow 2, deny 2",
        "outcomes  refused 2, cached 1, found 1",
        "reasons   rule 3, default 1",
        "repeats   5 cached, counted and not written",
        "taken     0.012 ms in all, 3.0 us each, 6.0 us at most",
        "",
        "denied names",
        "       1  os.path",
        "       1  socket",
        "",
        "denied importers",
        "       1  (unknown)",
        "       1  plugins.a",
        "",
        "denying rules or reasons",
        "       1  default",
        "       1  p.ini:9",
    ]


def test_stats_top_names_the_most_frequent_first(tmp_path):
    chain = Chain()
    lines = [
        chain.line(name=name, importer="a", verdict="deny", reason="default")
        for name in ["b", "c", "b", "d", "c", "b"]
    ]
    log = write_lines(tmp_path / "log", lines)
    told, _ = answer("audit", "stats", log, "--top", "2")
    assert told["denied"]["names"] == [{"name": "b", "count": 3}, {"name": "c", "count": 2}]
    assert "          and 1 more" in run("audit", "stats", log, "--top", "2").stdout


def test_stats_takes_filters_and_standard_input(log):
    told, code = answer("audit", "stats", "-", "--name", "json", input=log.read_text())
    assert code == 0
    assert told["records"] == 2
    assert told["verdicts"] == {"allow": 2}


def test_stats_of_nothing(tmp_path):
    log = write_lines(tmp_path / "log", [])
    told, code = answer("audit", "stats", log)
    assert code == 0
    assert told["records"] == 0
    assert told["first"] is None and told["last"] is None
    assert told["ns"]["mean"] == 0
    assert run("audit", "stats", log).stdout.startswith("records   0 in 0 processes\n")


def test_stats_counts_what_is_no_record(tmp_path):
    log = write_lines(tmp_path / "log", sample_lines() + ["nonsense"])
    told, code = answer("audit", "stats", log)
    assert code == 1
    assert told["invalid"] == 1
    assert told["records"] == 6


# ---- verify


def test_verify_a_whole_log(log):
    head = digest(sample_lines()[-1])
    done = run("audit", "verify", log)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "process 100: 6 records, the last (seq 5) on line 6, ended",
        "  head " + head,
        "%s: whole, 6 records in 1 chain, 0 without an end, 0 findings" % log,
    ]


def test_verify_json(log):
    head = digest(sample_lines()[-1])
    told, code = answer("audit", "verify", log)
    assert code == 0
    assert told == {
        "file": str(log),
        "good": True,
        "lines": 6,
        "records": 6,
        "open": 0,
        "findings": [],
        "chains": [
            {
                "pid": 100, "records": 6, "last_line": 6, "last_seq": 5,
                "ended": True, "head": head,
            }
        ],
    }


def test_verify_a_chain_without_an_end_says_where_it_ends(tmp_path):
    lines = sample_lines()[:-1]
    log = write_lines(tmp_path / "log", lines)
    done = run("audit", "verify", log)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == [
        "process 100: 5 records, the last (seq 4) on line 5, "
        "no end: killed, still running, or cut off",
        "  head " + digest(lines[-1]),
    ]
    assert "1 without an end" in done.stdout


def damaged(kind):
    lines = sample_lines()
    if kind == "edited":
        lines[3] = lines[3].replace('"deny"', '"allow"')
    elif kind == "dropped":
        del lines[2]
    elif kind == "reordered":
        lines[2], lines[3] = lines[3], lines[2]
    elif kind == "doubled":
        lines.insert(2, lines[2])
    elif kind == "torn":
        lines[2] = lines[2][:40]
    return lines


@pytest.mark.parametrize("kind", ["edited", "dropped", "reordered", "doubled", "torn"])
def test_verify_finds_damage(tmp_path, kind):
    log = write_lines(tmp_path / "log", damaged(kind))
    done = run("audit", "verify", log)
    assert done.returncode == 1
    assert done.stdout.startswith("%s:" % log)
    assert "not whole" in done.stdout.splitlines()[-1]
    told, code = answer("audit", "verify", log)
    assert code == 1
    assert told["good"] is False
    assert told["findings"]
    assert set(told["findings"][0]) == {"line", "pid", "seq", "message"}


def test_verify_head_finds_a_cut(log, tmp_path):
    lines = sample_lines()
    head = digest(lines[-1])
    assert run("audit", "verify", log, "--head", head).returncode == 0
    assert run("audit", "verify", log, "--head", head.upper()).returncode == 0
    cut = write_lines(tmp_path / "cut", lines[:-2])
    done = run("audit", "verify", cut, "--head", head)
    assert done.returncode == 1
    assert "%s: no chain ends with %s" % (cut, head) in done.stdout
    assert done.stdout.endswith(", 1 finding\n")
    told, code = answer("audit", "verify", cut, "--head", head)
    assert (code, told["good"], told["head_found"]) == (1, False, False)


def test_verify_two_processes_in_one_log(tmp_path):
    mixed = [line for pair in zip(sample_lines(100), sample_lines(200)) for line in pair]
    told, code = answer("audit", "verify", write_lines(tmp_path / "log", mixed))
    assert code == 0
    assert sorted(chain["pid"] for chain in told["chains"]) == [100, 200]


# ---- follow


class Follow:
    """A running `stockade audit follow`."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            [STOCKADE, "audit", "follow", *map(str, args)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(), universal_newlines=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def said(self):
        return self.process.stderr.readline().rstrip("\n")

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        rest, said = self.process.communicate(timeout=60)
        return self.process.returncode, rest, said


def append(path, *lines):
    with open(path, "a", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_follow_shows_what_comes_until_it_is_stopped(tmp_path, number):
    lines = sample_lines()
    log = write_lines(tmp_path / "log", lines[:2])
    with Follow(log, "--format", "json") as follow:
        assert follow.line() == lines[0]
        assert follow.line() == lines[1]
        append(log, lines[2])
        assert follow.line() == lines[2]
        assert follow.stop(number) == (0, "", "")


def test_follow_begins_with_the_last_lines(tmp_path):
    lines = sample_lines()
    log = write_lines(tmp_path / "log", lines)
    with Follow(log, "-n", "2", "--format", "json") as follow:
        assert [follow.line(), follow.line()] == lines[4:]
        assert follow.stop() == (0, "", "")
    new = Chain(200).line("start")
    with Follow(log, "--lines", "0", "--format", "json") as follow:
        # from when on it follows, it does not say
        while not select.select([follow.process.stdout], [], [], 0.1)[0]:
            append(log, new)
        assert follow.line() == new
        code, rest, said = follow.stop()
        assert (code, set(rest.splitlines()) - {new}, said) == (0, set(), "")


def test_follow_finds_the_last_lines_of_a_large_log(tmp_path):
    chain = Chain()
    lines = [chain.line(name="n%d" % i, verdict="allow") for i in range(300)]
    log = write_lines(tmp_path / "log", lines)
    with Follow(log, "-n", "100", "--format", "json") as follow:
        assert [follow.line() for _ in range(100)] == lines[200:]
        assert follow.stop() == (0, "", "")


def test_follow_survives_rotation(tmp_path):
    first, second = sample_lines(1), sample_lines(2)
    log = write_lines(tmp_path / "log", first[:1])
    with Follow(log, "--format", "json") as follow:
        assert follow.line() == first[0]
        os.rename(log, tmp_path / "log.1")
        append(tmp_path / "log.1", first[1])
        write_lines(log, second[:1])
        assert follow.line() == first[1]
        assert follow.line() == second[0]
        append(log, second[1])
        assert follow.line() == second[1]
        assert follow.stop()[0] == 0


def test_follow_survives_truncation(tmp_path):
    lines = sample_lines()
    log = write_lines(tmp_path / "log", lines)
    with Follow(log, "--format", "json") as follow:
        assert [follow.line() for _ in lines] == lines
        write_lines(log, lines[:1])
        assert follow.line() == lines[0]
        code, _, said = follow.stop()
        assert code == 0
        assert said == "stockade: %s: was cut, following it from its start\n" % log


def test_follow_waits_for_a_log_that_is_not_there(tmp_path):
    log = tmp_path / "log"
    with Follow(log, "--format", "json") as follow:
        assert follow.said() == "stockade: %s: not there yet, waiting" % log
        lines = sample_lines()
        write_lines(log, lines[:1])
        assert follow.line() == lines[0]
        assert follow.stop()[0] == 0


def test_follow_waits_for_the_rest_of_a_line(tmp_path):
    line = sample_lines()[0]
    log = tmp_path / "log"
    log.write_text(line[:20])
    with Follow(log, "--format", "json") as follow:
        time.sleep(0.3)
        with open(log, "a") as file:
            file.write(line[20:] + "\n")
        assert follow.line() == line
        assert follow.stop() == (0, "", "")


def test_follow_filters_and_makes_a_table(tmp_path):
    log = write_lines(tmp_path / "log", sample_lines())
    with Follow(log, "--denied", "--name", "os") as follow:
        assert follow.line().startswith("TIME ")
        assert " deny " in follow.line()
        assert follow.stop() == (0, "", "")


def test_follow_tells_what_is_no_record(tmp_path):
    log = write_lines(tmp_path / "log", ["nonsense"])
    with Follow(log) as follow:
        assert follow.said().startswith("%s: " % log)
        assert follow.stop()[0] == 0


def test_follow_refuses_what_does_not_grow(tmp_path):
    done = run("audit", "follow", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "stockade: %s: is no regular file\n" % tmp_path
    os.mkfifo(tmp_path / "pipe")
    done = run("audit", "follow", tmp_path / "pipe")
    assert done.returncode == 1
    assert done.stderr == "stockade: %s: is no regular file\n" % (tmp_path / "pipe")
