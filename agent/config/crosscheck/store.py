"""[store]: a place that is still there after a power cut."""

from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table
from drivers.translation import _

FLEETING = (Path("/tmp"), Path("/run"), Path("/dev/shm"))


def check(config: Table, report: Report) -> None:
    store = config.values.get("store")
    path = store.values.get("path") if isinstance(store, Table) else None
    if path is None or not isinstance(store, Table):
        return
    if any(Path(path).is_relative_to(folder) for folder in FLEETING):
        what = _("{path} does not survive a power cut, and what it holds is lost").format(path=path)
        report.warning(store.path, "path", what, _("better under /var/lib/lamppost"))
