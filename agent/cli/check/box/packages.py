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
            report.warning(table.path, key, what, _("install them: {command}").format(command=_command(extra)))


def _command(extra: str) -> str:
    """What installs the packages of an extra, as lamppost itself was installed."""
    return f"apt install lamppost-{extra}" if sys.prefix == PACKAGED else f"pip install 'lamppost[{extra}]'"
