"""What is known of a time zone beside its clocks: where its city lies, and how far its clocks are from the sun."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata

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
    """Reads zone.tab of the tzdata package: that of the system may be another one on each machine."""
    lines = (Path(tzdata.__file__).with_name("zoneinfo") / "zone.tab").read_text().splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {row[2]: _position(row[1]) for row in rows if len(row) > 2}


def _position(text: str) -> Position:
    found = _COORDINATES.fullmatch(text)
    if found is None:
        raise ValueError(text)
    degrees, minutes, seconds, *rest = found.groups()
    return Position(_decimal(degrees, minutes, seconds), _decimal(*rest))


def _decimal(degrees: str, minutes: str, seconds: str | None) -> float:
    size = abs(int(degrees)) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -size if degrees.startswith("-") else size
