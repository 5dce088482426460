"""References to other tables by name, and tables that serve nothing."""

from collections.abc import Iterator

from agent.config.crosscheck import profiles
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table, all_tables, tables
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    for table in all_tables(config):
        for key, target in table.kind.refers().items():
            _reference(table, key, target, list(config.tables(target)), report)
    _idle(config, report)


def _reference(table: Table, key: str, target: str, known: list[str], report: Report) -> None:
    name = table.values.get(key)
    if name is None or name in known:
        return
    there = one_of(known) if known else _("expected a [{target}.NAME]: the file has none").format(target=target)
    report.error(
        table.path,
        key,
        _("there is no [{target}.{name}]").format(target=target, name=name),
        there,
        nearest(name, known),
    )


def _idle(config: Table, report: Report) -> None:
    """What is configured and serves nothing."""
    users: dict[str, dict[str, None]] = {}
    for header, kind in tables(config.kind):
        for target in kind.refers().values():
            users.setdefault(target, {})[f"[{header.strip('[]').split('.')[0]}.NAME]"] = None
    for target, referring in users.items():
        used = set(_used(config, target))
        for name, each in config.tables(target).items():
            serves = any(each.values.get(key) for key in each.kind.SERVES) or profiles.tells_of_no_bay(config, each)
            is_shared = (report.elsewhere(each.path) or report).file != report.file
            if name not in used and not serves and not is_shared:
                by = ", ".join(each.kind.ORDERED_BY)
                hint = _("a document may: {kinds}").format(kinds=by) if by else ""
                report.warning(each.path, (), _("no {kinds} uses it").format(kinds=_(" or ").join(referring)), hint)


def _used(config: Table, target: str) -> Iterator[str]:
    for table in all_tables(config):
        yield from (str(table.values.get(key)) for key, named in table.kind.refers().items() if named == target)
        for key in table.kind.MENTIONS:
            value = table.values.get(key) or ()
            yield from (value,) if isinstance(value, str) else value
