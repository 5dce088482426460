"""What lighting adds to the `lamppost` command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.trades.command_line import CheckOption, CommandLine
from drivers.translation import _

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config.schema import Config


def _plot(config: Config, file: Path) -> None:
    """Raises ValueError where the picture cannot be written."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from agent.plot.svg import save
    from agent.trades.lighting.plot import picture

    save(file, picture(config, datetime.now(ZoneInfo(config.pole.timezone)).date()))
    print()
    print(_("levels over a winter and a summer week: {file}").format(file=file))


CHECK_OPTIONS = (
    CheckOption("--plot", "FILE.svg", _("also draw the lamps' levels over a winter and a summer week"), _plot),
)
COMMAND_LINE = CommandLine(check_options=CHECK_OPTIONS)
