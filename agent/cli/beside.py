"""The running daemon of this pole, seen from a command that asks devices: what it holds, and what it asks for us."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.configuration import Config
from agent.console import Answer, Ask, ask_daemon
from agent.console_client import OtherVersion, no_daemon, read
from agent.diagnostics.values import Asked
from drivers.translation import _


class NotToBeAsked(Exception):
    """Whether a daemon runs, or what it holds, cannot be told; in words for a technician."""


class Daemon(Struct, frozen=True):
    """
    Args:
        lines: those that it holds.
        devices: how each is, as `lamppost status` has it.
        online: its uplinks whose broker knows that it is there.
        heard: on each line beside the answers, as `lamppost status` has it.
    """

    socket: Path
    lines: frozenset[str]
    devices: Mapping[str, Mapping[str, Any]]
    online: frozenset[str]
    heard: Mapping[str, Sequence[Mapping[str, Any]]] = {}

    async def scan(self, line: str, units: tuple[int, ...], timeout_s: float | None) -> AsyncGenerator[Answer, None]:
        """{"found"}, {"progress"}, {"refused"}, {"ended"}; {"error"}: an older daemon, which cannot. Raises OSError."""
        async for answer in ask_daemon(self.socket, Ask("scan", line=line, units=units, timeout_s=timeout_s)):
            yield answer

    async def probe(self, line: str, asked: Asked) -> Answer:
        """{"answered", "text"}, {"refused"} or {"error"}. Raises OSError."""
        ask = Ask(
            "probe",
            line=line,
            units=(asked.unit,),
            device=asked.name,
            profile=asked.profile,
            parameters=dict(asked.parameters),
        )
        async for answer in ask_daemon(self.socket, ask):
            return answer
        return {"refused": _("the daemon has hung up without an answer")}


async def daemon_of(config: Config) -> Daemon | None:
    """The daemon of this pole; None: it does not run. Raises NotToBeAsked."""
    socket = Path(config.pole.socket)
    try:
        async for answer in ask_daemon(socket, Ask("status")):
            return _daemon(socket, answer)
    except (FileNotFoundError, ConnectionError):
        return None
    except OSError as error:
        raise NotToBeAsked(no_daemon(socket, error)) from error
    return None


def _daemon(socket: Path, answer: Answer) -> Daemon:
    """Raises NotToBeAsked: what it holds cannot be told, and nothing may be opened beside it."""
    if "error" in answer:
        raise NotToBeAsked(_("the daemon does not say what it holds: {reason}").format(reason=answer["error"]))
    try:
        with read(answer):
            devices = {name: {**how, "state": how["state"]} for name, how in answer.get("devices", {}).items()}
            return Daemon(
                socket, frozenset(answer["lines"]), devices, frozenset(_online(answer)), answer.get("heard", {})
            )
    except OtherVersion as error:
        raise NotToBeAsked(str(error)) from error


def _online(answer: Answer) -> Iterator[str]:
    """Names of the uplinks that are connected; the first alone of a daemon that tells of no other."""
    for uplink in (answer.get("uplink", {}), *answer.get("further_uplinks", ())):
        if uplink.get("connected"):
            yield uplink.get("name", "")
