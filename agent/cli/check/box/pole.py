"""[pole] led and socket: what is not there, or is in the way; the daemon runs without."""

import stat

from agent.cli.check.box.surroundings import Box, mode_of
from agent.config.problems import Report
from agent.config.reader import Table
from agent.lifecycle.led import ROOT as LEDS
from drivers.translation import _


def look(config: Table, report: Report, box: Box) -> None:
    pole = config.values.get("pole")
    if not isinstance(pole, Table):
        return
    if (led := pole.values.get("led")) is not None and not box.path(LEDS / led).exists():
        what = _("there is no LED {led} on this box").format(led=led)
        report.warning(pole.path, "led", what, _("see {command}").format(command=f"ls {LEDS}"))
    socket = pole.values.get("socket")
    if socket is not None and not stat.S_ISSOCK(mode_of(box.path(socket)) or stat.S_IFSOCK):
        what = _("{path} is no socket and is left alone, and nobody can ask the daemon").format(path=socket)
        report.warning(pole.path, "socket", what, _("expected a path of its own"))
