"""References to other tables by name, and names that must be given once."""

from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table

REFERENCES = (
    ("bay", "sensor", "sensor"),
    ("bay", "rule", "rule"),
    ("rule.NAME.orders", "rule", "rule"),
    ("lamp", "line", "line"),
    ("meter", "line", "line"),
    ("sensor", "line", "line"),
    ("sensor", "network", "lorawan"),
    ("lamp", "program", "program"),
    ("lamp", "calendar", "calendar"),
    ("calendar", "program", "program"),
    ("calendar.NAME.rules", "program", "program"),
    ("zone", "camera", "camera"),
    ("zone", "rule", "rule"),
)
"""(table, its key, the table that the key names)."""

SUBJECTS = ("line", "lorawan", "sensor", "bay", "lamp", "meter", "camera", "zone")
"""Tables whose names are the subject of events: the city could not tell two of one name apart."""

_OWN_NAME = "expected a name of its own: events are told apart by it"


def check(config: Table, report: Report) -> None:
    for table, key, target in REFERENCES:
        for each in _referring(config, table):
            _reference(each, key, target, list(config.tables(target)), report)
    _unique(config, report)
    _idle(config, report)


def _referring(config: Table, table: str) -> list[Table]:
    """Every table of that kind; "calendar.NAME.rules" are the entries of a list."""
    kind, *inside = table.split(".NAME.")
    named = list(config.tables(kind).values())
    return [each for one in named for each in one.values.get(inside[0], ())] if inside else named


def _reference(table: Table, key: str, target: str, known: list[str], report: Report) -> None:
    name = table.values.get(key)
    if name is None or name in known:
        return
    there = one_of(known) if known else f"expected a [{target}.NAME]: the file has none"
    report.error(table.path, key, f"there is no [{target}.{name}]", there, nearest(name, known))


def _unique(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    subjects = [each for kind in SUBJECTS for each in config.tables(kind).values()]
    for table in sorted(subjects, key=lambda each: report.line(each.path)):
        name = str(table.path[-1])
        if name in first:
            other = first[name]
            where = f"on line {report.line(other.path)}"
            what = f"[{other.path[0]}.{name}] {where} has this name already"
            report.error(table.path, (), what, _OWN_NAME)
        else:
            first[name] = table
    pole = config.values.get("pole")
    if isinstance(pole, Table) and (same := first.get(str(pole.values.get("id")))):
        what = f"[{same.path[0]}.{same.path[1]}] on line {report.line(same.path)} has this name too"
        report.error(pole.path, "id", what, _OWN_NAME)


def _idle(config: Table, report: Report) -> None:
    """What is configured and serves nothing."""
    for target in dict.fromkeys(target for _, _, target in REFERENCES):
        referring = [(table, key) for table, key, named in REFERENCES if named == target]
        used = {each.values.get(key) for table, key in referring for each in _referring(config, table)}
        used |= {each for bay in config.tables("bay").values() for each in bay.values.get("also", ())}
        users = " or ".join(dict.fromkeys(f"[{table.split('.')[0]}.NAME]" for table, _ in referring))
        for name, each in config.tables(target).items():
            if name not in used and report.elsewhere(each.path) is None:
                report.warning(each.path, (), f"no {users} uses it")
