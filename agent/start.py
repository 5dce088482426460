"""How the daemon begins: `lamppost run`, with as little of the other commands as can be."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agent import lean_imports

BAD_CONFIG = 78
"""EX_CONFIG of sysexits.h: systemd must not restart on it (RestartPreventExitStatus=78)."""


def file_of_service(words: Sequence[str]) -> Path | None:
    """The configuration in `run -c FILE`, as the service gives the command; None: another command, or spelling."""
    match words:
        case ["run", "-c" | "--config", file] if not file.startswith("-"):
            return Path(file)
    return None


def serve(config: Path) -> int:
    """`run`, in a process that has done nothing else: what poles have no use for is not loaded. The exit code."""
    lean_imports.leave_out(config)
    log_to_stderr(verbose=False)
    from agent.config.problems import ConfigError

    try:
        return run(config)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_CONFIG
    except KeyboardInterrupt:
        return 0


def run(file: Path) -> int:
    """The daemon until it is told to end. The exit code. Raises ConfigError."""
    import asyncio

    from agent.configuration import load_with_warnings

    config, warnings = load_with_warnings(file)
    for warning in warnings:
        logging.warning("%s", warning)
    from agent import daemon

    return asyncio.run(daemon.run(config))


def log_to_stderr(verbose: bool) -> None:
    """Under systemd the journal has its own time stamps; at a terminal a line carries one."""
    in_journal = "JOURNAL_STREAM" in os.environ
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(message)s" if in_journal else "%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    # Libraries report what the daemon reports better itself: one line when a device goes, one when it comes back.
    for library in ("pymodbus", "asyncio", "amqtt"):
        logging.getLogger(library).setLevel(logging.ERROR)
    # An error of paho is a connection that ended. A level would not do: aiomqtt sets its own when it is imported.
    logging.getLogger("mqtt").disabled = True
