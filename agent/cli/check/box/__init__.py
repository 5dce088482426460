"""What this box lacks for a configuration in which nothing is wrong: told by `lamppost check` alone.

An error is what ends the start here: a store that cannot be opened. All else is a warning, for the pole works without:
a device that is not there is down, and the file may be looked at on another box than the pole's.
"""

from agent.cli.check.box import devices, files, packages, pole, ports, store
from agent.cli.check.box.surroundings import Box
from agent.config.problems import Report
from agent.config.reader import Table

__all__ = ["Box", "look"]

_LOOKS = (store.look, packages.look, devices.look, ports.look, files.look, pole.look)


def look(config: Table, report: Report, box: Box | None = None) -> None:
    """Reports what is missing or in the way.

    Args:
        box: None: the one that this process runs on.
    """
    box = box or Box()
    for each in _LOOKS:
        each(config, report, box)
