"""Calendar files of school holidays, which rules name: what may stand in their place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.configuration import ConfigError, examine, load

Written = Callable[[str | bytes], Path]

CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261219
DTEND;VALUE=DATE:20270104
SUMMARY:Vacances de Noël
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def pole(sound: str) -> str:
    rule = '[rule.school]\ncategory = "general"\nlimit = "30min"\nschool_holidays_file = "school.ics"\n'
    return sound.replace('limit = "30min"', 'rule = "school"') + rule


def test_the_days_of_the_file_are_school_holidays(written: Written, pole: str) -> None:
    file = written(pole)
    file.with_name("school.ics").write_text(CALENDAR)
    (found,) = load(file).rule["school"].school_holidays
    assert (found.begin.isoformat(), found.end.isoformat()) == ("2026-12-19", "2027-01-03")


def test_days_on_which_school_begins_again_are_told_by_their_number(written: Written, pole: str) -> None:
    file = written(pole)
    back = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270901\nSUMMARY:Rentrée scolaire des élèves\nEND:VEVENT\n"
    file.with_name("school.ics").write_text(CALENDAR.replace("END:VCALENDAR", f"{back}END:VCALENDAR"))
    found = examine(file)
    assert len(found.config.rule["school"].school_holidays) == 1
    assert [each for each in found.notes if "school_holidays_file: 1 event is no holiday" in each]


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/full", "fifo", "folder"])
@pytest.mark.timeout(20)
def test_promise_security_what_is_no_file_is_neither_waited_for_nor_read(
    written: Written, pole: str, target: str
) -> None:
    file = written(pole)
    calendar = file.with_name("school.ics")
    if target == "fifo":
        os.mkfifo(calendar)
    elif target == "folder":
        calendar.mkdir()
    else:
        calendar.symlink_to(target)
    with pytest.raises(ConfigError, match=r"school_holidays_file: is (a directory|no regular file)"):
        load(file)


def test_promise_security_one_that_others_may_change_is_not_believed(written: Written, pole: str) -> None:
    file = written(pole)
    calendar = file.with_name("school.ics")
    calendar.write_text(CALENDAR)
    calendar.chmod(0o666)
    with pytest.raises(ConfigError, match=f"school_holidays_file: .*chmod go-w {calendar}"):
        load(file)


def test_one_that_is_too_large_is_not_read(written: Written, pole: str) -> None:
    file = written(pole)
    with file.with_name("school.ics").open("wb") as calendar:
        calendar.truncate(1 << 40)
    with pytest.raises(ConfigError, match="school_holidays_file: is larger than 262144 bytes"):
        load(file)
