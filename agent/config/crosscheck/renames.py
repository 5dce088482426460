"""`formerly`: one new name for each old one, and none that is still there."""

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    first: dict[tuple[str, str], Table] = {}
    named = [table for table in all_tables(config) if "formerly" in table.kind.__struct_fields__]
    for table in sorted(named, key=lambda each: report.line(each.path)):
        old, kind = table.values.get("formerly"), str(table.path[0])
        if old is None:
            continue
        if (there := _still_there(config, kind, old)) is not None:
            what = _('"{old}" is still there: {table}').format(old=old, table=_where(there, report))
            expected = _(
                "expected a name that nothing has any more; to exchange two names, restart with a third between"
            )
            report.error(table.path, "formerly", what, expected)
        elif (other := first.setdefault((kind, old), table)) is not table:
            what = _('{table} was "{old}" too').format(table=_where(other, report), old=old)
            report.error(table.path, "formerly", what, _("expected one new name for each old one"))


def _still_there(config: Table, kind: str, name: str) -> Table | None:
    """The table of that kind that has the name."""
    found = config.values.get(kind)
    if isinstance(found, Table):
        return found if found.values.get("id") == name else None
    # The table without a name, of those that may be without one, goes by that of its kind.
    return config.tables(kind).get("" if name == kind else name)


def _where(table: Table, report: Report) -> str:
    name = ".".join(map(str, table.path))
    return f"[{name}] {report.whereabouts(table.path)}"
