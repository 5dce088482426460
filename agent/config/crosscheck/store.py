"""[store] path: a file that is nothing else. What stands where a store should is moved aside as damaged."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    """Reports a store in the place of the configuration, or of a file that this names."""
    store = config.values.get("store")
    if not isinstance(store, Table) or (path := store.values.get("path")) is None:
        return
    whole, own = _whole(Path(path)), _whole(report.file)
    taken = _("the configuration itself") if whole == own else _named(config, store, whole, own.parent)
    if taken is not None:
        what = _("{path} is {taken}, which the store would put aside").format(path=path, taken=taken)
        expected = _("expected a file of its own, for example /var/lib/lamppost/lamppost.db")
        report.error(store.path, "path", what, expected)


def _named(config: Table, store: Table, path: Path, folder: Path) -> str | None:
    """The key by which the configuration names a file; None: none does."""
    for table in all_tables(config):
        for key, value in _files(table):
            if table is not store and _whole(folder / value) == path:
                return _("{key} of [{table}]").format(key=key, table=".".join(map(str, table.path)))
    return None


def _whole(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _files(table: Table) -> Iterator[tuple[str, str]]:
    values: dict[str, Any] = dict(table.values)
    yield from ((key, each) for key, each in values.items() if key.endswith("_file") and isinstance(each, str))
