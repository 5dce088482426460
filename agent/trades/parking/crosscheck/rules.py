"""[rule.NAME]: hours that are not empty, and temporary orders that hold at some time and under some rule."""

from agent.config.crosscheck import windows
from agent.config.crosscheck.pole import zone
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.parking import TemporaryOrder
from agent.trades.parking.order import bounds


def check(config: Table, report: Report) -> None:
    rules = config.tables("rule")
    for rule in rules.values():
        for each in rule.values.get("windows", ()):
            windows.check(each, report)
        _outside(rule, report)
        for order in rule.values.get("orders", ()):
            _order(order, rules, _timezone(config), report)


def _outside(rule: Table, report: Report) -> None:
    if windows.given(rule, "outside", report) and not rule.values.get("windows"):
        report.error(rule.path, "outside", "there are no hours outside", "expected windows, or no such key")


def _order(order: Table, rules: dict[str, Table], timezone: str, report: Report) -> None:
    for each in order.values.get("windows", ()):
        windows.check(each, report)
    whole = order.values_of("begin", "end", "windows")
    if whole is None:
        return
    begin, end, hours = whole
    if not (begin or end or hours):
        report.error(order.path, (), "it holds always", "expected from, to, or windows; or the rule itself changed")
    used = rules.get(str(order.values.get("rule")))
    if used is not None and used.values.get("orders"):
        what = f"[rule.{used.path[1]}] has orders of its own"
        report.error(order.path, "rule", what, "expected a rule without: an order takes the place of a rule alone")
    try:
        bounds(TemporaryOrder(name="any", begin=begin, end=end), timezone)
    except ValueError as error:
        report.error(order.path, "to" if end and str(error).startswith(f'"{end}"') else "from", str(error))


def _timezone(config: Table) -> str:
    """The pole's; where that is wrong, it is reported elsewhere."""
    pole = config.values.get("pole")
    name = pole.values.get("timezone") if isinstance(pole, Table) else None
    return str(name) if name and zone(name) else "UTC"
