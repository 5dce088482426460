"""[group.NAME]: a kind that a trade of the pole knows, and members that are there, each once."""

from agent.config.positions import KeyPath
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    kinds = getattr(config.kind, "GROUPS", {})
    for group in config.tables("group").values():
        kind = group.values.get("kind")
        if kind is not None and kind not in kinds:
            what = _('"{kind}" is no kind of group').format(kind=kind)
            report.error(group.path, "kind", what, one_of(kinds), nearest(kind, kinds))
        elif kind is not None:
            _members(config, group, kinds[kind], report)


def _members(config: Table, group: Table, table: str, report: Report) -> None:
    members, known = group.values.get("members", ()), list(config.tables(table))
    for at, name in enumerate(members):
        key: KeyPath = ("members", at)
        if name in members[:at]:
            report.error(group.path, key, _('"{name}" stands there twice').format(name=name))
        elif name not in known:
            what = _("there is no [{table}.{name}]").format(table=table, name=name)
            there = one_of(known) if known else _("expected a [{target}.NAME]: the file has none").format(target=table)
            report.error(group.path, key, what, there, nearest(name, known))
