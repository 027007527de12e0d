# SPDX-License-Identifier: Apache-2.0
"""A host as it is written with types on: mypy --strict reads it, and nothing
runs it. A line that is marked is an error, and no other is."""

from pathlib import Path
from typing import Any, Dict, List, Optional

import stockade

guard: stockade.Guard = stockade.install("policy.ini")
guard = stockade.install(b"policy.ini", observe=True)
guard = stockade.install(Path("policy.ini"), audit="file:log syslog:")
stockade.install()  # error
stockade.install("policy.ini", True)  # error
stockade.install("policy.ini", audit=5)  # error

explained: Dict[str, Any] = guard.explain("os")
explained = guard.explain("os", importer="plugins.one")
guard.explain(5)  # error
counted: int = guard.stats()["refused"]
records: List[Dict[str, Any]] = guard.history()
nothing: None = guard.reload()  # error
path: str = guard.policy
observing: bool = guard.observes
guard.policy = "other"  # error
stockade.Guard()

perhaps: Optional[stockade.Guard] = stockade.current()
stockade.current().reload()  # error

policy = stockade.Policy("policy.ini")
decided: Dict[str, Any] = policy.decide("os", "plugins", closure=True)
text: str = str(policy)
policy.decide()  # error


class Mine(stockade.Policy):  # error
    pass


loaded: Any = stockade.load("pkg.mod:attr")
fallen = stockade.load("pkg.mod:attr", default=None)
stockade.load(b"pkg.mod")  # error

with guard.sandbox("agent") as box:
    done = box.run("1 + 1", name="job", inputs={"a": 1}, timeout=0.5)
    spent: float = done.usage.cpu
    pairs: List[str] = [what for kind, what in done.denied]
    printed: bytes = done.output  # error
    box.run(b"1 + 1")  # error
    box.run("1 + 1", "job")  # error
    imported: Any = box.import_module("plugins.one").anything
stockade.Sandbox().run("1").nothing  # error

try:
    box.run("1 / 0")
except stockade.SandboxTimeout as late:
    had: Optional[stockade.RunResult] = late.result
    had.output  # error

try:
    import os
except stockade.ImportDenied as denied:
    name: str = denied.name
    importer: Optional[str] = denied.importer
    rule: Optional[str] = denied.rule
    number: int = denied.reason  # error

version: str = stockade.__version__
stockade.nothing  # error
