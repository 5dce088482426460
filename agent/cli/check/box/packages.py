"""Python packages of the extras that the configured devices need."""

from agent.cli.check.box.surroundings import Box
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.extras import remedy
from drivers.translation import _


def look(config: Table, report: Report, box: Box) -> None:
    for table in all_tables(config):
        missing: dict[tuple[str, str], list[str]] = {}
        for need in table.kind.needs(table.values):
            if need.modules and not any(map(box.is_installed, need.modules)):
                missing.setdefault((need.key, need.extra), []).append(need.modules[0])
        for (key, extra), modules in missing.items():
            what = _("this device will be down, for Python lacks {modules}").format(modules=", ".join(modules))
            report.warning(table.path, key, what, remedy(extra))
