"""Tells who keeps the wall clock, by whom it was set and when, how wrong it is at most, and whether that was signed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from agent import chrony
from agent.kernel_clock import TIMESYNCD_MARK, KernelClock, kernel_clock

Name = Literal["chrony", "systemd-timesyncd"]

_OF_CHRONY = (
    "etc/chrony/chrony.conf", "etc/chrony.conf", "etc/chrony/conf.d/*.conf", "etc/chrony/sources.d/*.sources",
    "run/chrony-dhcp/*.sources",
)  # fmt: skip
_SOURCE = re.compile(r"^\s*(?:server|pool|peer|refclock)\s+\S+(.*)$", re.MULTILINE | re.IGNORECASE)
_OF_TIMESYNCD = ("etc/systemd/timesyncd.conf", "etc/systemd/timesyncd.conf.d/*.conf")
_FARTHEST = re.compile(r"^\s*RootDistanceMaxSec\s*=\s*([0-9.]+)\s*s?\s*$", re.MULTILINE)
_FARTHEST_S = 5.0
"""RootDistanceMaxSec of timesyncd.conf(5), where nobody has set it."""

_MOST_BYTES = 1 << 16


class ClockKeeper(Struct, frozen=True):
    """
    Args:
        name: None: neither of those that are known here.
        reference: the server or the clock that it follows; None: it does not say.
        updated_s: when that was heard last, unix seconds; None: likewise.
        error_s: how wrong the clock is at most; None: nobody knows.
        authenticated: whether its time is signed (NTS); None: nobody knows.
    """

    name: Name | None = None
    reference: str | None = None
    updated_s: float | None = None
    error_s: float | None = None
    authenticated: bool | None = None


def clock_keeper(root: Path = Path("/")) -> ClockKeeper:
    """Asks chrony, then looks for the mark of systemd-timesyncd; else what the kernel holds. Takes a moment: see
    `chrony.asked`.

    Args:
        root: above etc and run.
    """
    if (told := chrony.asked()) is not None:
        return ClockKeeper("chrony", told.reference, told.updated_s, told.error_s, signed(_texts(root, _OF_CHRONY)))
    kernel = kernel_clock()
    try:
        marked_s = (root / TIMESYNCD_MARK.relative_to("/")).stat().st_mtime
    except OSError:
        return ClockKeeper(error_s=kernel.max_error_s)
    error_s = of_timesyncd_s(kernel, _texts(root, _OF_TIMESYNCD))
    return ClockKeeper("systemd-timesyncd", None, marked_s, error_s, authenticated=False)


def signed(configuration: Iterator[str]) -> bool | None:
    """Whether all sources of chrony are asked by NTS, or none (pure); None: some, or nobody knows of any.

    Which of them it follows it tells to root alone.
    """
    asked = {"nts" in options.lower().split() for text in configuration for options in _SOURCE.findall(text)}
    return asked.pop() if len(asked) == 1 else None


def of_timesyncd_s(kernel: KernelClock, configuration: Iterator[str]) -> float | None:
    """How wrong a clock of systemd-timesyncd is at most, s; None: nobody knows (pure).

    It tells the kernel an error of 0 whenever it sets the clock, however far its server is from the root: what it bears
    of that is added.
    """
    set_s = [float(each) for text in configuration for each in _FARTHEST.findall(text)]
    return None if kernel.max_error_s is None else kernel.max_error_s + max(set_s, default=_FARTHEST_S)


def _texts(root: Path, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for file in sorted(root.glob(name)):
            try:
                with file.open(encoding="utf-8", errors="replace") as text:
                    yield text.read(_MOST_BYTES)
            except OSError:
                continue
