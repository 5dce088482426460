"""Calendar files of school holidays, which rules name."""

from pathlib import Path

from msgspec import structs

from agent.calendars import DateRange
from agent.calendars.ics import MAX_BYTES, date_ranges, left_out
from agent.config.crosscheck.pole import timezone_of
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.files import read_regular, refuse_shared
from drivers.translation import _, ngettext


def add_school_holidays(config: Table, report: Report) -> None:
    """Adds to the school holidays of each rule those of the file that it names; what is wrong there is reported without
    any of its text, as of `rules_file`. A relative path starts where the configuration lies."""
    rules, timezone = config.tables("rule"), timezone_of(config)
    for name, rule in rules.items():
        file, listed = rule.values.get("school_holidays_file"), rule.values.get("school_holidays")
        if file is not None and listed is not None:
            words = rule.values.get("school_holidays_named") or ""
            found = _found(rule, report.file.parent / file, words, timezone, report)
            rules[name] = structs.replace(rule, values={**rule.values, "school_holidays": (*listed, *found)})


def _found(rule: Table, file: Path, words: str, timezone: str, report: Report) -> tuple[DateRange, ...]:
    """Returns the holidays of a file; none: it is wrong, and was told."""
    try:
        data = _read(file)
        found = date_ranges(data, timezone, words)
    except OSError as error:
        _tell(rule, report, error.strerror or str(error))
    except ValueError as error:
        _tell(rule, report, str(error))
    else:
        if found:
            _note(rule, report, left_out(data))
            return found
        _tell(rule, report, _("no event of it is one of the school holidays"))
    return ()


def _note(rule: Table, report: Report, count: int) -> None:
    what = ngettext(
        "{count} event is no holiday: it is cancelled, or school begins again on it",
        "{count} events are no holidays: they are cancelled, or school begins again on them",
        count,
    )
    if count:
        report.note(rule.path, "school_holidays_file", what.format(count=count))


def _read(path: Path) -> bytes:
    """Raises OSError: it cannot be read, is no regular file, or others may change it."""
    content = read_regular(path, MAX_BYTES)
    refuse_shared(path)
    return content


def _tell(rule: Table, report: Report, what: str) -> None:
    report.error(rule.path, "school_holidays_file", what, _("expected a calendar file (.ics) of school holidays"))
