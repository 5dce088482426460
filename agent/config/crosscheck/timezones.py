"""What is known of a time zone beside its clocks: where its city lies, and how far its clocks are from the sun."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.geodesy import Position

_COORDINATES = re.compile(r"([+-]\d{2})(\d{2})(\d{2})?([+-]\d{3})(\d{2})(\d{2})?")
"""ISO 6709, as zone.tab has it: degrees and minutes, and seconds of some."""

_SEASONS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))

_OF_NO_PLACE = re.compile(r"UTC|UCT|GMT|Zulu|Universal|Etc/.*|[A-Z]{3}(\d[A-Z]{3})?", re.ASCII)
"""Zones that whoever wants them takes, wherever he is."""


def city(name: str) -> Position | None:
    """The city by which a zone is known; None: the table does not have it."""
    return _cities().get(name)


def off_sun_h(name: str, longitude: float) -> float:
    """Tells how many hours the clocks of a zone differ from the sun at a longitude, in the season of the least.

    0 for a zone of no place.
    """
    if _OF_NO_PLACE.fullmatch(name):
        return 0.0
    zone = ZoneInfo(name)
    offsets_h = [(at.astimezone(zone).utcoffset() or timedelta(0)).total_seconds() / 3600 for at in _SEASONS]
    # Beyond the date line the same sun has another date.
    return min(abs((offset_h - longitude / 15 + 12) % 24 - 12) for offset_h in offsets_h)


def _cities() -> dict[str, Position]:
    tables = (folder / "zone.tab" for folder in _folders())
    text = next((table.read_text() for table in tables if table.is_file()), "")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {row[2]: _position(row[1]) for row in rows if len(row) > 2}


def _folders() -> list[Path]:
    """Returns where zone.tab may lie: in Python's package tzdata, the same on each machine, or where there is none in
    the system's, as with Debian's package of lamppost."""
    package = find_spec("tzdata")
    if package is None or package.origin is None:
        return [*map(Path, zoneinfo.TZPATH)]
    return [Path(package.origin).with_name("zoneinfo")]


def _position(text: str) -> Position:
    found = _COORDINATES.fullmatch(text)
    if found is None:
        raise ValueError(text)
    degrees, minutes, seconds, *rest = found.groups()
    return Position(_decimal(degrees, minutes, seconds), _decimal(*rest))


def _decimal(degrees: str, minutes: str, seconds: str | None) -> float:
    size = abs(int(degrees)) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if degrees.startswith("-") else size
