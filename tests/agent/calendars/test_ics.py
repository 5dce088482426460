"""Calendar files: days in a row, bounded, and nothing guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calendars import DateRange
from agent.calendars.ics import MAX_BYTES, MAX_EVENTS, date_ranges, left_out

PARIS = "Europe/Paris"


def calendar(*events: str) -> bytes:
    inside = "".join(f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n".encode()


CHRISTMAS = "DTSTART;VALUE=DATE:20261219\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY;LANGUAGE=fr:Vacances de Noël - Zone A"
BACK = "DTSTART;VALUE=DATE:20260901\r\nSUMMARY:Rentrée scolaire des élèves - Zone A"
TEACHERS = "DTSTART;VALUE=DATE:20260831\r\nSUMMARY:Prérentrée des enseignants - Zone A"
FAIR = "DTSTART;VALUE=DATE:20260901\r\nSUMMARY:Day of the fair"
SUMMER = "DTSTART;VALUE=DATE:20270703\r\nDTEND;VALUE=DATE:20270703\r\nSUMMARY:Début des Vacances d'Été"
ALARM = "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDURATION:PT5M\r\nREPEAT:2\r\nSUMMARY:none\r\nEND:VALARM"


def test_the_end_of_a_day_event_is_not_included() -> None:
    assert date_ranges(calendar(CHRISTMAS), PARIS) == (DateRange(begin=date(2026, 12, 19), end=date(2027, 1, 3)),)


def test_an_event_without_an_end_is_one_day() -> None:
    assert date_ranges(calendar(FAIR), PARIS) == (DateRange(begin=date(2026, 9, 1), end=date(2026, 9, 1)),)


def test_events_are_chosen_by_words_of_their_summary() -> None:
    (found,) = date_ranges(calendar(FAIR, CHRISTMAS), PARIS, "vacances")
    assert found.begin == date(2026, 12, 19)


def test_a_day_on_which_school_begins_again_is_no_holiday() -> None:
    """The calendar of the French ministry of education lists it among the holidays."""
    data = calendar(TEACHERS, BACK, CHRISTMAS)
    (found,) = date_ranges(data, PARIS)
    assert left_out(data) == 2
    assert found.begin == date(2026, 12, 19)


def test_what_is_cancelled_is_left_out() -> None:
    assert date_ranges(calendar(FAIR + "\r\nSTATUS:CANCELLED", CHRISTMAS + "\r\nSTATUS:CONFIRMED"), PARIS) == (
        DateRange(begin=date(2026, 12, 19), end=date(2027, 1, 3)),
    )


def test_what_lies_within_an_event_is_not_of_it() -> None:
    alarmed = CHRISTMAS.replace("SUMMARY", ALARM + "\r\nSUMMARY")
    assert date_ranges(calendar(alarmed), PARIS, "noël") == date_ranges(calendar(CHRISTMAS), PARIS)


def test_the_first_day_of_a_summer_is_the_last_that_is_known() -> None:
    """The calendar of the French ministry of education ends so, with an end that is the begin."""
    assert date_ranges(calendar(SUMMER, CHRISTMAS), PARIS)[0] == DateRange(begin=date(2027, 7, 3), end=date(2027, 7, 3))


def test_a_summer_whose_end_another_event_tells_is_taken() -> None:
    whole = "DTSTART;VALUE=DATE:20270703\r\nDTEND;VALUE=DATE:20270901\r\nSUMMARY:Vacances d'Été"
    after = CHRISTMAS.replace("2027", "2028").replace("2026", "2027")
    assert len(date_ranges(calendar(SUMMER, whole, after), PARIS)) == 3


def test_moments_are_local_days() -> None:
    utc = "DTSTART:20261218T230000Z\r\nDTEND:20270103T230000Z"
    local = "DTSTART;TZID=Europe/Paris:20261219T080000\r\nDTEND;TZID=Europe/Paris:20261219T170000"
    assert date_ranges(calendar(utc, local), PARIS) == (
        DateRange(begin=date(2026, 12, 19), end=date(2027, 1, 3)),
        DateRange(begin=date(2026, 12, 19), end=date(2026, 12, 19)),
    )


def test_long_lines_are_folded() -> None:
    folded = CHRISTMAS.replace("Vacances de", "Vac\r\n ances\r\n\t de").replace("2027", "20\r\n 27")
    (found,) = date_ranges(calendar(folded), PARIS, "Vacances de Noël")
    assert found.end == date(2027, 1, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no calendar"),
        (b"PASSWORD=hunter2", "does not begin with BEGIN:VCALENDAR"),
        (b"\xff\xfe", "not UTF-8, at byte 0"),
        (b"BEGIN:VCALENDAR\n" + b" " * MAX_BYTES, "larger than 256 KiB"),
        (calendar("SUMMARY:none"), "line 3: the event has no DTSTART"),
        (calendar("DTSTART:20260230"), "line 4: the event has no DTSTART"),
        (calendar("DTSTART:20260220", "DTSTART:20260221\r\nDTEND:tomorrow"), "line 8: the event has no DTEND"),
        (calendar("DTSTART:20260220\r\nRRULE:FREQ=YEARLY"), "line 5: RRULE is not read"),
        (calendar("DTSTART:20260220\r\nDURATION:P7D"), "line 5: DURATION is not read"),
        (calendar("DTSTART:20261219\r\nDTEND:20260104"), "line 5: the event ends on 2026-01-04, before it begins on"),
        (calendar(SUMMER.replace("2027", "2026"), CHRISTMAS), "line 3: holidays begin, and nothing tells their end"),
        (calendar("DTSTART:20260704\r\nSUMMARY:Vacances d'été", CHRISTMAS), "line 3: holidays begin, and nothing"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260220\n", "line 2: the event has no END:VEVENT"),
        (calendar(*[FAIR.split("\r", maxsplit=1)[0]] * (MAX_EVENTS + 1)), "more than 2000 events"),
    ],
    ids=range(14),
)
def test_what_is_not_read_is_refused_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        date_ranges(data, PARIS)
    assert "hunter2" not in str(refused.value)


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_no_bytes_do_more_than_be_refused(inside: bytes, after: bytes) -> None:
    data = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:" + inside + b"\nEND:VEVENT\n" + after
    try:
        found = date_ranges(data, PARIS)
    except ValueError:
        return
    assert all(each.begin <= each.end for each in found)
