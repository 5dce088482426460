"""The running daemon, and else its store, as far as either tells something to an auditor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from agent.console import Ask, ask_daemon
from agent.security.log import KEY, Tallies
from agent.store import StoreError
from agent.store.file.copy import StoreCopy


class Known(Struct, frozen=True):
    """
    Args:
        status: what the daemon answers; None: none answers, or not to this user.
        pid: of the process that owns the store; None: not known.
        tallies: counted security events, by kind; None: neither daemon nor store can be asked.
    """

    status: Mapping[str, Any] | None = None
    pid: int | None = None
    tallies: Mapping[str, Mapping[str, Any]] | None = field(default=None)


async def known_of(socket: Path, store: Path) -> Known:
    """Asks the daemon, and where it does not answer the file of its store."""
    try:
        async for answer in ask_daemon(socket, Ask("status")):
            if "security" in answer:
                return Known(answer, _owner(store), answer["security"])
            break
    except OSError:
        pass  # the store is asked
    return Known(tallies=_of_store(store))


def _of_store(store: Path) -> Mapping[str, Mapping[str, Any]] | None:
    try:
        with StoreCopy(store) as copy:
            found = copy.load(KEY, Tallies) or Tallies()
    except (StoreError, OSError):
        return None
    return {name: structs.asdict(tally) for name, tally in found.kinds.items()}


def _owner(store: Path) -> int | None:
    try:
        return int(store.with_name(store.name + ".lock").read_text("ascii")[:20])
    except (OSError, ValueError):
        return None
