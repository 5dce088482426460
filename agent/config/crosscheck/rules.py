"""[rule.NAME]: hours that are not empty, and temporary orders that hold at some time and under some rule.

And what a place says of the rule that it names.
"""

from collections.abc import Iterator, Sequence

from agent.calendars import DateRange, school_year
from agent.config.crosscheck import contradictions, windows
from agent.config.crosscheck.pole import timezone_of
from agent.config.problems import Report
from agent.config.reader import Table, build
from agent.regulation import TemporaryOrder, bounds
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    rules, timezone = config.tables("rule"), timezone_of(config)
    for rule in rules.values():
        school = _school(rule, report)
        for each in rule.values.get("windows", ()):
            windows.check(each, school, report)
        _outside(rule, report)
        _users(rule, report)
        for order in rule.values.get("orders", ()):
            _order(order, school, rules, timezone, report)
        contradictions.check(rule, timezone, report)


def _school(rule: Table, report: Report) -> tuple[DateRange, ...] | None:
    """The school holidays that a rule lists; None: they are wrong."""
    listed = rule.values.get("school_holidays")
    if listed is None or any(each.values_of("begin", "end") is None for each in listed if isinstance(each, Table)):
        return None
    ranges = tuple(build(each) if isinstance(each, Table) else each for each in listed)
    try:
        school_year(ranges)
    except ValueError as error:
        report.error(rule.path, "school_holidays", str(error))
        return None
    return ranges


def _users(rule: Table, report: Report) -> None:
    """Each class of users has a name of its own, and a vehicle with a tag is of one."""
    names: dict[str, Table] = {}
    tags: dict[str, str] = {}
    for user in rule.values.get("users", ()):
        name = user.values.get("name")
        if name is not None and names.setdefault(name, user) is not user:
            report.error(user.path, "name", _('"{name}" stands here twice').format(name=name))
        for tag in user.values.get("tags") or ():
            if tags.setdefault(tag.upper(), name) != name:
                what = _('the tag of "{name}" is one of "{other}" too')
                expected = _("expected one class of users for a vehicle")
                report.error(user.path, "tags", what.format(name=name, other=tags[tag.upper()]), expected)


def _outside(rule: Table, report: Report) -> None:
    if report.given(rule.path, "outside") and not rule.values.get("windows"):
        report.error(rule.path, "outside", _("there are no hours outside"), _("expected windows, or no such key"))


def _order(
    order: Table, school: tuple[DateRange, ...] | None, rules: dict[str, Table], timezone: str, report: Report
) -> None:
    for each in order.values.get("windows", ()):
        windows.check(each, school, report)
    whole = order.values_of("begin", "end", "windows")
    if whole is None:
        return
    begin, end, hours = whole
    if not (begin or end or hours):
        report.error(
            order.path, (), _("it holds always"), _("expected from, to, or windows; or the rule itself changed")
        )
    used = rules.get(str(order.values.get("rule")))
    if used is not None and used.values.get("orders"):
        what = _("[rule.{rule}] has orders of its own").format(rule=used.path[1])
        report.error(order.path, "rule", what, _("expected a rule without: an order takes the place of a rule alone"))
    try:
        bounds(TemporaryOrder(name="any", begin=begin, end=end), timezone)
    except ValueError as error:
        report.error(order.path, "to" if end and str(error).startswith(f'"{end}"') else "from", str(error))


def of(config: Table, place: Table) -> Iterator[Table]:
    """The rule that a place names, and those of the temporary orders in it."""
    rules = config.tables("rule")
    if rule := rules.get(str(place.values.get("rule"))):
        names = dict.fromkeys(str(order.values.get("rule")) for order in rule.values.get("orders", ()))
        yield from (rule, *(rules[name] for name in names if name in rules))


def said_twice(place: Table, keys: Sequence[str], report: Report) -> None:
    """A place has either a rule, or keys of its own that say the same."""
    if place.values.get("rule") is None:
        return
    for key in keys:
        if report.given(place.path, key):
            what = _('stands beside rule = "{rule}", which says it too').format(rule=place.values["rule"])
            report.error(place.path, key, what, _("expected one of the two"))


def undecidable(config: Table, place: Table, key: str, told_by: str, report: Report) -> None:
    """An exemption that nothing at a place can tell would exempt nobody there.

    Args:
        key: of the rule.
        told_by: who sees the place, and what it does not tell.
    """
    for rule in of(config, place):
        if rule.values.get(key):
            what = _("[rule.{rule}] has {key}, and {told_by}: who is exempt would be accused").format(
                rule=rule.path[1], key=key, told_by=told_by
            )
            report.error(place.path, "rule", what, _("expected a rule without {key}").format(key=key))
