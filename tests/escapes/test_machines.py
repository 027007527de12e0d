# SPDX-License-Identifier: Apache-2.0
"""Machines that lack something: a worker is refused, or starts and its record
says what it is without, as its profile's `require` says; and doctor says so
before."""

import json
import re
import subprocess
import sys

import pytest

import escapes

pytestmark = pytest.mark.workers

# 1 is EPERM, 22 EINVAL, 38 ENOSYS; 0x20000000 CLONE_NEWPID, 8 the listener
NAMESPACES = "unshare=1,clone&536870912=1"
LANDLOCK = "landlock_create_ruleset=38"
MACHINES = {
    "whole": "",
    "no namespaces": NAMESPACES,
    "no pid namespace": "clone&536870912=1",
    "no Landlock": LANDLOCK,
    "neither": NAMESPACES + "," + LANDLOCK,
    "no notification": "seccomp@2&8=22",
    "no seccomp": "seccomp=38",
    "no capset": "capset=38",
}

POLICY = """
[stockade]
version = 1
default = allow

[sandbox plain]
[sandbox namespaces]
require = namespaces
[sandbox landlock]
require = landlock
[sandbox notify]
require = notify
[sandbox network]
syscalls = @network
network = 443
"""

HOST = """
import json, sys
import stockade
guard = stockade.install(sys.argv[1], audit="file:" + sys.argv[2])
told = {}
for profile in "plain", "namespaces", "landlock", "notify", "network":
    try:
        with guard.sandbox(profile) as box:
            told[profile] = box.run("1 + 1", name="of_" + profile).value
    except stockade.SandboxError as error:
        told[profile] = str(error)
print(json.dumps(told))
"""


def on(machine, argv, **kwargs):
    done = subprocess.run([sys.executable, str(escapes.HERE / "machines.py"), str(escapes.ALONE),
                           MACHINES[machine]] + argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, env=escapes.environment(),
                          timeout=100, **kwargs)
    if done.returncode == 77:
        pytest.skip("this machine lets nobody take system calls away")
    return done


@pytest.fixture(scope="module")
def present(build):
    """The layers that this machine has, nothing taken away."""
    return layers("whole")


def layers(machine):
    told = doctor(machine)[0]["sandbox"]
    return {name for name, layer in told.items() if layer["present"]}


def doctor(machine):
    done = on(machine, [str(escapes.BUILD / "stockade"), "doctor", "--format", "json"])
    assert done.stdout, (done.returncode, done.stderr)
    return json.loads(done.stdout), done.returncode


class Started:
    def __init__(self, machine, folder):
        policy, log = folder / "policy.ini", folder / "log.jsonl"
        policy.write_text(POLICY.lstrip())
        done = on(machine, [sys.executable, "-c", HOST, str(policy), str(log)])
        assert done.returncode == 0, done.stderr
        self.told = json.loads(done.stdout)
        records = map(json.loads, log.read_text().splitlines())
        self.reasons = {record["sandbox"]: record["reason"] for record in records if record["event"] == "worker"}


def needs(present, *names):
    missing = sorted(set(names) - present)
    if missing:
        pytest.skip("this machine has no %s" % ", ".join(missing))


def test_on_a_whole_machine_each_starts_and_is_with_what_it_requires(tmp_path, present):
    needs(present, "landlock", "landlock_network", "user", "pid", "notify")
    started = Started("whole", tmp_path)
    assert started.told == dict.fromkeys(["plain", "namespaces", "landlock", "notify", "network"], 2)
    assert all(reason.startswith("with ") for reason in started.reasons.values())


def test_without_namespaces_it_goes_on_where_they_are_not_required(tmp_path, present):
    needs(present, "landlock", "landlock_network", "notify")
    started = Started("no namespaces", tmp_path)
    assert started.told.pop("namespaces").endswith(
        "the profile namespaces requires user: unshare: Operation not permitted")
    assert set(started.told.values()) == {2}, started.told
    assert "namespaces" not in started.reasons
    within, without = started.reasons["plain"].split("; without ")
    assert re.search(r"\bseccomp\b", within) and re.search(r"\blandlock\b", within)
    for name in "user", "mount", "pid", "net", "ipc", "uts":
        assert re.search(r"\b%s \(" % name, without), without


def test_without_a_pid_namespace_no_worker_is_started(tmp_path, present):
    """A zygote that has namespaces forks into one, or not at all."""
    needs(present, "user", "pid")
    started = Started("no pid namespace", tmp_path)
    assert 2 not in started.told.values(), started.told


def test_without_landlock_the_empty_root_stands_in(tmp_path, present):
    needs(present, "user", "mount", "pid", "notify")
    started = Started("no Landlock", tmp_path)
    refused = {profile: text for profile, text in started.told.items() if text != 2}
    assert sorted(refused) == ["landlock", "network"], started.told
    assert "requires landlock: landlock_create_ruleset: Function not implemented" in refused["landlock"]
    assert "requires landlock_network: " in refused["network"]
    assert "landlock (landlock_create_ruleset: Function not implemented)" in started.reasons["plain"]


def test_without_both_nothing_is_started(tmp_path):
    started = Started("neither", tmp_path)
    assert all("requires " in str(text) for text in started.told.values()), started.told
    assert "requires landlock: landlock_create_ruleset: Function not implemented" in started.told["plain"]
    assert started.reasons == {}


def test_without_notification_calls_are_refused_and_not_told(tmp_path, present):
    needs(present, "landlock", "landlock_network", "user", "pid")
    started = Started("no notification", tmp_path)
    assert "requires notify: seccomp: Invalid argument" in str(started.told.pop("notify"))
    assert set(started.told.values()) == {2}, started.told
    assert "notify (seccomp: Invalid argument)" in started.reasons["plain"]


@pytest.mark.parametrize("machine, why", [
    ("no seccomp", " the filter of system calls: "),
    ("no capset", "cannot drop the capabilities: Function not implemented"),
])
def test_without_a_must_nothing_is_started(tmp_path, machine, why):
    started = Started(machine, tmp_path)
    assert all(why in str(text) for text in started.told.values()), started.told
    assert started.reasons == {}


@pytest.mark.parametrize("machine, gone", [
    ("no namespaces", {"user", "mount", "pid", "net", "ipc", "uts"}),
    ("no Landlock", {"landlock", "landlock_network", "landlock_scope"}),
    ("no notification", {"notify"}),
])
def test_doctor_says_what_is_missing_and_that_the_profiles_go_on(present, machine, gone):
    needs(present, "landlock", "user", "mount")
    told, _ = doctor(machine)
    absent = {name for name, layer in told["sandbox"].items() if not layer["present"]}
    assert absent - gone <= set(told["sandbox"]) - present
    assert gone & present <= absent
    for profile in told["profiles"].values():
        assert profile["runs"] and profile["lacks"] == []
        assert gone & present <= set(profile["without"])


def test_doctor_says_that_no_profile_runs_without_both(present):
    told, code = doctor("neither")
    assert code == 3
    assert told["missing"] == ["sandbox " + name for name in told["profiles"]]
    for profile in told["profiles"].values():
        assert not profile["runs"] and profile["lacks"] == ["landlock"]


def test_doctor_says_that_there_is_no_filter():
    told, code = doctor("no seccomp")
    assert code == 3 and "sandbox strict" in told["missing"]
    assert not told["sandbox"]["seccomp"]["present"] and told["sandbox"]["seccomp"]["must"]
    for profile in told["profiles"].values():
        assert not profile["runs"] and "seccomp" in profile["lacks"]
