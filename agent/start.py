"""How the daemon begins: `lamppost run`, with as little of the other commands as can be."""

import gc
import signal
import sys
from collections.abc import Sequence

from agent import lean_imports

BAD_CONFIG = 78
"""EX_CONFIG of sysexits.h: systemd must not restart on it (RestartPreventExitStatus=78)."""


def file_of_service(words: Sequence[str]) -> str | None:
    """The configuration in `run -c FILE`, as the service gives the command; None: another command, or spelling."""
    match words:
        case ["run", "-c" | "--config", file] if not file.startswith("-"):
            return file
    return None


def serve(config: str) -> int:
    """`run`, in a process that has done nothing else: what poles have no use for is not loaded. The exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # it waits until somebody can read the file anew
    # What is loaded stays: to look through it again and again for what can go would be a tenth of the start's work.
    gc.disable()
    lean_imports.leave_out()
    from agent.journal import error_for_stderr, log_to_stderr

    log_to_stderr(verbose=False)
    from agent.config.problems import ConfigError

    try:
        return run(config)
    except ConfigError as error:
        sys.stderr.write(f"{error_for_stderr(str(error))}\n")
        return BAD_CONFIG
    except KeyboardInterrupt:
        return 0


def run(file: str) -> int:
    """The daemon until it is told to end. The exit code. Raises ConfigError."""
    import asyncio
    from pathlib import Path

    from agent import daemon

    return asyncio.run(daemon.run(Path(file)))
