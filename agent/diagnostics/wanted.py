"""What a scan looks for: units, bauds, framings, as a technician writes them."""

import itertools
from collections.abc import Iterable, Iterator
from typing import get_args

from msgspec import Struct, structs

from drivers.line import Baud, LineOptions, SerialLine
from drivers.options import Seconds
from drivers.translation import _

FRAMINGS = {"8N1": ("N", 1), "8E1": ("E", 1), "8O1": ("O", 1), "8N2": ("N", 2)}
"""Parity and stop bits."""

SERIAL_TIMEOUT_S = Seconds(0.1)
"""A slave that is there begins its answer within some milliseconds; gateways take longer."""


SHORTEST_S, LONGEST_S = 0.01, 10.0


class Wanted(Struct, frozen=True):
    """What is to be looked for.

    Args:
        units: 1..247.
        bauds, framings: of a serial line; empty: as configured.
        timeout_s: how long a unit may take to begin its answer; None: 100 ms on a serial line, else as configured.
    """

    units: tuple[int, ...]
    bauds: tuple[int, ...] = ()
    framings: tuple[str, ...] = ()
    timeout_s: float | None = None


def settings_of(options: LineOptions, wanted: Wanted) -> Iterator[LineOptions]:
    """The line at each baud and framing, as configured first."""
    timeout_s = None if wanted.timeout_s is None else Seconds(wanted.timeout_s)
    if not isinstance(options, SerialLine):
        yield structs.replace(options, timeout_s=timeout_s or options.timeout_s)
        return
    own = (options.parity, options.stop_bits)
    framings = [FRAMINGS[framing] for framing in wanted.framings] or [own]
    pairs = list(itertools.product(wanted.bauds or (options.baud,), framings))
    for baud, (parity, stop_bits) in sorted(pairs, key=lambda pair: pair != (options.baud, own)):
        yield structs.replace(
            options, baud=baud, parity=parity, stop_bits=stop_bits, timeout_s=timeout_s or SERIAL_TIMEOUT_S
        )


def units_of(text: str) -> tuple[int, ...]:
    """ "1-247", "5" or "1-10,20" as units. Raises ValueError."""
    found: dict[int, None] = {}
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()):
            what = _('"{text}" is no list of units; write for example "1-247" or "1-10,20"')
            raise ValueError(what.format(text=text))
        span = range(int(low), int(high or low) + 1)
        if not span or span[0] < 1 or span[-1] > 247:
            raise ValueError(_('"{part}": units go from 1 to 247, the lower one first').format(part=part.strip()))
        found |= dict.fromkeys(span)
    return tuple(found)


def bauds_of(text: str) -> tuple[int, ...]:
    """ "9600,19200". Raises ValueError."""
    return tuple(int(each) for each in _each_of(text, [str(baud) for baud in get_args(Baud)]))


def framings_of(text: str) -> tuple[str, ...]:
    """ "8N1,8E1". Raises ValueError."""
    return _each_of(text.upper(), FRAMINGS)


def _each_of(text: str, known: Iterable[str]) -> tuple[str, ...]:
    given = tuple(part.strip() for part in text.split(","))
    if wrong := [part for part in given if part not in known]:
        raise ValueError(_('"{text}" is none of {choices}').format(text=wrong[0], choices=", ".join(known)))
    return given


ALL_BAUDS: tuple[int, ...] = tuple(sorted(get_args(Baud), key=lambda baud: (baud not in (9600, 19200), baud)))
"""The usual ones first."""


def wanted_of(units: str, bauds: str, framings: str, all_bauds: bool, timeout: str) -> Wanted:
    """What the command line asks for; "" stands for what was not given. Raises ValueError, in words."""
    chosen = ALL_BAUDS if all_bauds else bauds_of(bauds) if bauds else ()
    return Wanted(
        units_of(units),
        chosen,
        framings_of(framings) if framings else (("8N1", "8E1", "8O1") if all_bauds else ()),
        _timeout_s(timeout) if timeout else None,
    )


def _timeout_s(text: str) -> float:
    """Raises ValueError, in words: a daemon that holds the line would wait as long for each unit."""
    seconds = float(Seconds.parse(text))
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(_('"{text}": a time-out goes from "10ms" to "10s"').format(text=text))
    return seconds
