"""Python packages of the extras that the configured devices need."""

import sys

from agent.cli.check.box.surroundings import Box
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.translation import _

PACKAGED = "/usr/lib/lamppost"
"""The environment of Debian's package. It has all extras but "vision", of which there is another package."""


def look(config: Table, report: Report, box: Box) -> None:
    for table in all_tables(config):
        missing: dict[tuple[str, str], list[str]] = {}
        for need in table.kind.needs(table.values):
            if need.modules and not any(map(box.is_installed, need.modules)):
                missing.setdefault((need.key, need.extra), []).append(need.modules[0])
        for (key, extra), modules in missing.items():
            what = _("this device will be down, for Python lacks {modules}").format(modules=", ".join(modules))
            report.warning(table.path, key, what, _remedy(extra))


def _remedy(extra: str) -> str:
    """What to do, as lamppost itself was installed."""
    install = _("install them: {command}")
    if sys.prefix == PACKAGED:
        return install.format(command=f"apt install lamppost-{extra}")
    return install.format(command=f"pip install 'lamppost[{extra}]'")
