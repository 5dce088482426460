"""Days in a row out of a calendar file (iCalendar, RFC 5545), bounded: what is not read is refused, never guessed.

Of each VEVENT are read DTSTART, DTEND (not included, as the format has it), STATUS and SUMMARY; what lies within it,
such as an alarm, is not. Moments count as local days. What is cancelled is left out, and so are the days on which
school begins again, which the calendar of the French ministry of education lists among the holidays ("Rentrée scolaire
des élèves", "Prérentrée des enseignants"). Of the summer that comes it gives the first day alone ("Début des Vacances
d'Été", in older files "Vacances d'été" without an end): after holidays whose end nobody tells none may be listed.
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


_BACK_AT_SCHOOL = ("rentrée", "prérentrée", "pré-rentrée")
_BEGINS = ("début", "vacances")
"""What summaries begin with: of a day on which school begins again, of one on which holidays begin."""


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
    chosen = [event for event in _events(data) if _is_holiday(event) and named.casefold() in _summary(event)]
    found = [(event[0].number, _range(event, timezone), _only_begins(event)) for event in chosen]
    ranges = tuple(each for _line, each, _begins in found)
    for line, each, begins in found:
        if begins:
            _check_end(line, each.begin, ranges)
    return ranges


def left_out(data: bytes) -> int:
    """Returns how many events are cancelled, or days on which school begins again. Raises ValueError as above."""
    return sum(not _is_holiday(event) for event in _events(data))


def _is_holiday(event: list[_Line]) -> bool:
    cancelled = _value(event, "STATUS").upper() == "CANCELLED"
    return not cancelled and not _summary(event).startswith(_BACK_AT_SCHOOL)


def _only_begins(event: list[_Line]) -> bool:
    """Whether it tells the first day of holidays and no end of them."""
    unended = _value(event, "DTEND") in {"", _value(event, "DTSTART")}
    return unended and _summary(event).startswith(_BEGINS)


def _check_end(line: int, begin: date, ranges: tuple[DateRange, ...]) -> None:
    """Raises ValueError where holidays of which the begin alone is told are not the last that are listed: the days
    between would be held for days of school."""
    if any(each.begin <= begin < each.end for each in ranges):
        return
    if any(each.begin > begin for each in ranges):
        what = _("line {line}: holidays begin, and nothing tells their end; write DTEND, the day after the last one")
        raise ValueError(what.format(line=line))


def _events(data: bytes) -> list[list[_Line]]:
    """Returns the properties of each event. Raises ValueError."""
    events = list(islice(_every_event(data), MAX_EVENTS + 1))
    if len(events) > MAX_EVENTS:
        raise ValueError(_("it has more than {most} events").format(most=MAX_EVENTS))
    return events


def _every_event(data: bytes) -> Iterator[list[_Line]]:
    """Yields the lines of each event, without what lies within it. Raises ValueError."""
    event: list[_Line] = []
    within: list[str] = []
    for line in _lines(data):
        if event and line.name == "BEGIN":
            within.append(line.value.upper())
        elif within:
            within = within[:-1] if (line.name, line.value.upper()) == ("END", within[-1]) else within
        elif event or (line.name, line.value.upper()) == ("BEGIN", "VEVENT"):
            event.append(line)
            if (line.name, line.value.upper()) == ("END", "VEVENT"):
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


def _summary(event: list[_Line]) -> str:
    return _value(event, "SUMMARY").casefold()


def _range(event: list[_Line], timezone: str) -> DateRange:
    for line in event:
        if line.name in _REPEATS:
            what = _("line {line}: {name} is not read; write an event for each of its days, or list the days")
            raise ValueError(what.format(line=line.number, name=line.name))
    begin, _midnight = _day(event, "DTSTART", timezone)
    if not _value(event, "DTEND"):
        return DateRange(begin=begin, end=begin)
    end, at_midnight = _day(event, "DTEND", timezone)
    if end < begin:
        what = _("line {line}: the event ends on {end}, before it begins on {begin}")
        number = next(line.number for line in event if line.name == "DTEND")
        raise ValueError(what.format(line=number, begin=begin, end=end))
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
