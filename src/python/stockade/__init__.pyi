# SPDX-License-Identifier: Apache-2.0
import os
from types import ModuleType, TracebackType
from typing import (
    Any,
    Dict,
    Iterable,
    List,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    final,
    overload,
)

__version__: str

_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
_T = TypeVar("_T")

class ImportDenied(ModuleNotFoundError):
    name: str
    importer: Optional[str]
    rule: Optional[str]
    reason: Optional[str]

class EventDenied(PermissionError):
    name: str
    importer: Optional[str]
    rule: Optional[str]
    reason: Optional[str]

class SignatureError(ImportError):
    reason: Optional[str]
    key: Optional[str]
    rule: Optional[str]

@final
class Usage(Tuple[float, int, float]):
    def __new__(cls, sequence: Iterable[Any], dict: Dict[str, Any] = ...) -> "Usage": ...
    @property
    def cpu(self) -> float: ...
    @property
    def memory(self) -> int: ...
    @property
    def wall(self) -> float: ...

@final
class RunResult(Tuple[Any, str, Tuple[Tuple[str, str], ...], Usage]):
    def __new__(cls, sequence: Iterable[Any], dict: Dict[str, Any] = ...) -> "RunResult": ...
    @property
    def value(self) -> Any: ...
    @property
    def output(self) -> str: ...
    @property
    def denied(self) -> Tuple[Tuple[str, str], ...]: ...
    @property
    def usage(self) -> Usage: ...

class SandboxError(Exception):
    result: Optional[RunResult]

class SandboxTimeout(SandboxError): ...
class WorkerDied(SandboxError): ...

class RemoteError(SandboxError):
    remote_type: Optional[str]
    remote_traceback: Optional[str]

@final
class Guard:
    @property
    def policy(self) -> str: ...
    @property
    def observes(self) -> bool: ...
    def explain(
        self,
        name: str,
        importer: Optional[str] = None,
        *,
        event: bool = False,
    ) -> Dict[str, Any]: ...
    def stats(self) -> Dict[str, int]: ...
    def history(self) -> List[Dict[str, Any]]: ...
    def reload(self) -> None: ...
    def sandbox(self, profile: str) -> "Sandbox": ...

@final
class SealedBytes:
    def __new__(cls, data: Union[bytes, bytearray, memoryview], /) -> "SealedBytes": ...
    def __len__(self) -> int: ...

@final
class Sandbox:
    @property
    def profile(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def run(
        self,
        source: str,
        *,
        name: str = "snippet",
        inputs: Optional[Dict[str, Any]] = None,
        timeout: Optional[float] = None,
    ) -> RunResult: ...
    def import_module(self, name: str) -> ModuleType: ...
    def close(self) -> None: ...
    def __enter__(self) -> "Sandbox": ...
    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None: ...

@final
class Policy:
    def __new__(cls, path: _Path) -> "Policy": ...
    def decide(
        self,
        name: str,
        importer: Optional[str] = None,
        closure: bool = False,
        *,
        event: bool = False,
    ) -> Dict[str, Any]: ...
    def explain(
        self,
        name: str,
        importer: Optional[str] = None,
        closure: bool = False,
        *,
        event: bool = False,
    ) -> Dict[str, Any]: ...

def install(
    policy: _Path,
    *,
    observe: bool = False,
    audit: Optional[str] = None,
    policy_key: Optional[str] = None,
    policy_state: Optional[str] = None,
) -> Guard: ...
def current() -> Optional[Guard]: ...
@overload
def load(reference: str) -> Any: ...
@overload
def load(reference: str, default: _T) -> Union[Any, _T]: ...
