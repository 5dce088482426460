"""Days in a row out of a calendar file (iCalendar, RFC 5545), bounded: what is not read is refused, never guessed.

Of each VEVENT are read DTSTART, DTEND (not included, as the format has it) and SUMMARY. Moments count as local days.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.calendars.school import DateRange
from drivers.translation import _

MAX_BYTES = 256 * 1024
MAX_EVENTS = 2000

_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_REPEATS = frozenset({"RRULE", "RDATE", "EXDATE", "DURATION"})


class _Line(Struct, frozen=True):
    """A property, and where it begins in the file, which long lines are folded in."""

    number: int
    name: str
    value: str


def date_ranges(data: bytes, timezone: str, named: str = "") -> tuple[DateRange, ...]:
    """Returns the days of each event, in the order of the file.

    Args:
        data: of the whole file.
        timezone: IANA name; moments with a time are days there.
        named: only events with these words in their summary, capitals or small; "": all.

    Raises ValueError with the line, in words for a technician.
    """
    chosen = (event for event in _events(data) if named.casefold() in _value(event, "SUMMARY").casefold())
    return tuple(_range(event, timezone) for event in chosen)


def _events(data: bytes) -> list[list[_Line]]:
    """Returns the properties of each event. Raises ValueError."""
    events = list(islice(_every_event(data), MAX_EVENTS + 1))
    if len(events) > MAX_EVENTS:
        raise ValueError(_("it has more than {most} events").format(most=MAX_EVENTS))
    return events


def _every_event(data: bytes) -> Iterator[list[_Line]]:
    event: list[_Line] = []
    for line in _lines(data):
        if event or (line.name, line.value) == ("BEGIN", "VEVENT"):
            event.append(line)
        if event and (line.name, line.value) == ("END", "VEVENT"):
            yield event
            event = []
    if event:
        raise ValueError(_("line {line}: the event has no END:VEVENT").format(line=event[0].number))


def _lines(data: bytes) -> Iterator[_Line]:
    if len(data) > MAX_BYTES:
        raise ValueError(_("it is larger than {most} KiB").format(most=MAX_BYTES // 1024))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(_("it is not UTF-8, at byte {byte}").format(byte=error.start)) from None
    if not text.lstrip().startswith("BEGIN:VCALENDAR"):
        raise ValueError(_("it is no calendar: it does not begin with BEGIN:VCALENDAR"))
    for number, line in _unfolded(text):
        name, colon, value = line.partition(":")
        if colon:
            yield _Line(number, name.partition(";")[0].strip().upper(), value.strip())


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yields each line with its number; one that begins with a blank goes on with the line before."""
    number, parts = 1, [""]
    for at, line in enumerate(text.split("\n"), 1):
        if line[:1] in {" ", "\t"}:
            parts.append(line[1:].rstrip("\r"))
            continue
        yield number, "".join(parts)
        number, parts = at, [line.rstrip("\r")]
    yield number, "".join(parts)


def _value(event: list[_Line], name: str) -> str:
    return next((line.value for line in event if line.name == name), "")


def _range(event: list[_Line], timezone: str) -> DateRange:
    for line in event:
        if line.name in _REPEATS:
            what = _("line {line}: {name} is not read; write an event for each of its days, or list the days")
            raise ValueError(what.format(line=line.number, name=line.name))
    begin, _midnight = _day(event, "DTSTART", timezone)
    if not _value(event, "DTEND"):
        return DateRange(begin=begin, end=begin)
    end, at_midnight = _day(event, "DTEND", timezone)
    last = end - timedelta(days=1) if at_midnight else end
    return DateRange(begin=begin, end=max(begin, last))


def _day(event: list[_Line], name: str, timezone: str) -> tuple[date, bool]:
    """Returns a day, and whether its moment is the very beginning of it. Raises ValueError."""
    line = next((line for line in event if line.name == name), event[0])
    found = _MOMENT.fullmatch(line.value)
    try:
        if found is None:
            raise ValueError
        moment = datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")
    except ValueError:
        what = _("line {line}: the event has no {name} that is a day or a moment")
        raise ValueError(what.format(line=line.number, name=name)) from None
    if found[3]:
        moment = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
    return moment.date(), moment.time() == datetime.min.time()
