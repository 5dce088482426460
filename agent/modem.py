"""The modem of the box, where ModemManager has one: operator and signal, and no number of modem or SIM card."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import MsgspecError, Struct, field, json

from agent.diagnose.programs import said

PROGRAM = Path("/usr/bin/mmcli")
_LIMIT_S = 5.0
_MOST_CHARACTERS = 64 * 1024
_MOST_OF_NAME = 64
_UNKNOWN = "--"
"""What mmcli says of a value that it does not have."""

KEPT_S = 60.0
"""The time after which it is asked again."""


class Modem(Struct, frozen=True):
    """
    Args:
        state: of ModemManager, as "connected" or "searching".
        operator: the network that it is registered with; None: with none, or it has no name.
        technology: as "lte".
        signal_percent: quality by ModemManager's scale.
    """

    state: str
    operator: str | None = None
    technology: str | None = None
    signal_percent: float | None = None


class _Quality(Struct, frozen=True):
    value: str = _UNKNOWN


class _Generic(Struct, rename="kebab", frozen=True):
    state: str = _UNKNOWN
    access_technologies: tuple[str, ...] = ()
    signal_quality: _Quality = _Quality()


class _Network(Struct, rename="kebab", frozen=True):
    operator_name: str = _UNKNOWN


class _Told(Struct, frozen=True):
    generic: _Generic
    network: _Network = field(default_factory=_Network, name="3gpp")


class _Answer(Struct, frozen=True):
    modem: _Told


def modem_of(text: str) -> Modem | None:
    """Reads the answer of `mmcli -J -m any` (ModemManager 1.20); None: there is no modem, or it is another answer."""
    try:
        told = json.decode(text, type=_Answer).modem
    except (MsgspecError, ValueError):
        return None
    technologies = ", ".join(told.generic.access_technologies[:4])
    return Modem(
        _known(told.generic.state) or "unknown",
        _known(told.network.operator_name),
        _known(technologies),
        _percent(told.generic.signal_quality.value),
    )


def _percent(said: str) -> float | None:
    percent = float(said) if said.isascii() and said.isdecimal() else None
    return percent if percent is None or percent <= 100 else None


def _known(text: str) -> str | None:
    """Returns it in one line of bounded length; None: it is not known."""
    line = "".join(each for each in text[:_MOST_OF_NAME] if each.isprintable()).strip()
    return None if line in ("", _UNKNOWN) else line


async def _ask() -> str:
    return await said(str(PROGRAM), "-J", "-m", "any", limit_s=_LIMIT_S, most=_MOST_CHARACTERS)


class ModemReader:
    """Asks ModemManager, at most once a minute; nothing is started on a box without it.

    Args:
        ask: gives the answer of mmcli.
        now_s: monotonic seconds.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[str]] = _ask,
        has_program: Callable[[], bool] = PROGRAM.exists,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._has_program, self._now_s = ask, has_program, now_s
        self._last: Modem | None = None
        self._asked_s = float("-inf")

    async def read(self) -> Modem | None:
        """Returns what is known; None: there is no modem, or nothing is."""
        if self._now_s() - self._asked_s >= KEPT_S:
            self._asked_s = self._now_s()
            self._last = modem_of(await self._ask()) if self._has_program() else None
        return self._last
