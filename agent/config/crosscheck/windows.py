"""Hours in a rule, an order or a zone: they are local times, not empty, and on days that there are."""

from collections.abc import Callable

from agent.calendars import DateRange, minutes_of, parse_day, windows
from agent.config.problems import Report
from agent.config.reader import Table, build
from drivers.translation import _

_TEXTS: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("begin", "from", minutes_of),
    ("end", "to", minutes_of),
    ("first_day", "first_day", parse_day),
    ("last_day", "last_day", parse_day),
)


def check(options: Table, school_holidays: tuple[DateRange, ...] | None, report: Report) -> None:
    """One entry of `windows`; school holidays are those that its rule lists, None: they are wrong themselves."""
    sound = [_reads(options, name, key, parse, report) for name, key, parse in _TEXTS]
    if not all(sound) or options.values_of(*options.kind.__struct_fields__) is None:
        return
    if options.values["school"] and not school_holidays:
        _no_school(options, school_holidays, report)
        return
    try:
        windows([build(options)], "UTC", school_holidays=school_holidays or ())
    except ValueError as error:
        report.error(options.path, _blamed(options, report), str(error))


def _no_school(options: Table, school_holidays: tuple[DateRange, ...] | None, report: Report) -> None:
    if school_holidays is not None:
        expected = _("expected school_holidays or school_holidays_file in its rule")
        report.error(options.path, "school", _("nobody says when school is held"), expected)


def _reads(options: Table, name: str, key: str, parse: Callable[[str], object], report: Report) -> bool:
    """Whether a text is a time or a day, each told by itself."""
    text = options.values.get(name)
    if text is None:
        return True
    try:
        parse(text)
    except ValueError as error:
        report.error(options.path, key, str(error))
        return False
    return True


def _blamed(options: Table, report: Report) -> str:
    """The key that is told of when several do not go together."""
    keys = ("nth", "month_days", "school", "side", "last_day", "to")
    return next((key for key in keys if report.given(options.path, key)), "from")
