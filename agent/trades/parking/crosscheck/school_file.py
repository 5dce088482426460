"""Calendar files of school holidays, which rules name."""

from pathlib import Path

from msgspec import structs

from agent.calendars import DateRange
from agent.calendars.ics import MAX_BYTES, date_ranges
from agent.config.crosscheck.pole import timezone_of
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.translation import _


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
        found = date_ranges(_read(file), timezone, words)
    except OSError as error:
        _tell(rule, report, error.strerror or str(error))
    except ValueError as error:
        _tell(rule, report, str(error))
    else:
        if found:
            return found
        _tell(rule, report, _("no event of it is one of the school holidays"))
    return ()


def _read(path: Path) -> bytes:
    """Returns one byte more than is allowed at most. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _tell(rule: Table, report: Report, what: str) -> None:
    report.error(rule.path, "school_holidays_file", what, _("expected a calendar file (.ics) of school holidays"))
