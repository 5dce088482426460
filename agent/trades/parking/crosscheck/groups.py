"""[group.NAME] kind = "parking": a bay is counted in one group."""

from agent.config.problems import Report
from agent.config.reader import Table
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    groups = [group for group in config.tables("group").values() if group.values.get("kind") == "parking"]
    for group in sorted(groups, key=lambda each: report.line(each.path)):
        for at, bay in enumerate(group.values.get("members", ())):
            if (other := first.setdefault(bay, group)) is not group:
                what = _('"{bay}" is counted in [group.{group}] {where} already').format(
                    bay=bay, group=other.path[1], where=report.whereabouts(other.path)
                )
                report.error(group.path, ("members", at), what, _("expected one group of bays for each bay"))
