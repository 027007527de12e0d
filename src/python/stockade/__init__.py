# SPDX-License-Identifier: Apache-2.0
"""Decide, for every import of this process, whether it may happen.

    import stockade
    guard = stockade.install("plugin-host.ini")

install() puts a policy before every import; a denied one raises
ImportDenied, a ModuleNotFoundError; one that must be signed and is not
authentic raises SignatureError, an ImportError. What the policy puts into a
sandbox runs in a worker process. Policy inside one interpreter steers and
records honest and careless code. It is no boundary against hostile code.
"""

try:
    from _stockade import (
        EventDenied,
        Guard,
        ImportDenied,
        Policy,
        RemoteError,
        RunResult,
        Sandbox,
        SandboxError,
        SandboxTimeout,
        SealedBytes,
        SignatureError,
        Usage,
        WorkerDied,
        __version__,
        current,
        install,
        load,
    )
except ModuleNotFoundError as error:
    if type(error) is not ModuleNotFoundError or error.name != "_stockade":
        raise  # denied, say
    import sys

    raise ImportError(
        "%s is not built for Python %d.%d, which is %s; run the Python that it was built for, or"
        " build it for this one: meson setup BUILD -Dpython=%s"
        % ((__path__[0],) + sys.version_info[:2] + (sys.executable, sys.executable)),
        name="_stockade",
    ) from None

__all__ = [
    "EventDenied",
    "Guard",
    "ImportDenied",
    "Policy",
    "RemoteError",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "SandboxTimeout",
    "SealedBytes",
    "SignatureError",
    "Usage",
    "WorkerDied",
    "current",
    "install",
    "load",
]
