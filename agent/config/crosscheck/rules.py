"""[rule.NAME]: hours that are not empty, and temporary orders that hold at some time and under some rule.

And what a place says of the rule that it names.
"""

from collections.abc import Iterator, Sequence

from agent.config.crosscheck import windows
from agent.config.crosscheck.pole import zone
from agent.config.problems import Report
from agent.config.reader import Table
from agent.regulation import TemporaryOrder, bounds
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    rules = config.tables("rule")
    for rule in rules.values():
        for each in rule.values.get("windows", ()):
            windows.check(each, report)
        _outside(rule, report)
        for order in rule.values.get("orders", ()):
            _order(order, rules, _timezone(config), report)


def _outside(rule: Table, report: Report) -> None:
    if report.given(rule.path, "outside") and not rule.values.get("windows"):
        report.error(rule.path, "outside", _("there are no hours outside"), _("expected windows, or no such key"))


def _order(order: Table, rules: dict[str, Table], timezone: str, report: Report) -> None:
    for each in order.values.get("windows", ()):
        windows.check(each, report)
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


def _timezone(config: Table) -> str:
    """The pole's; where that is wrong, it is reported elsewhere."""
    pole = config.values.get("pole")
    name = pole.values.get("timezone") if isinstance(pole, Table) else None
    return str(name) if name and zone(name) else "UTC"
