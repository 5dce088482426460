"""What the kerb adds to the `lamppost` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent.trades.command_line import CommandLine, SubCommand, Tools, takes_config
from drivers import extras
from drivers.translation import _

if TYPE_CHECKING:
    import argparse

CLIP = _(
    "A limit is taken to hold all the time: a clip tells neither its hours nor what stood in the bays, so windows, "
    "holidays and beside are not asked. Exit status 1: the clip could not be read, its picture changes its size, or "
    "more than a tenth of its frames are damaged; fewer are told on standard error."
)
"""What a user of `lamppost kerb` should know."""


def _takes_clip(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", metavar="CLIP")
    parser.add_argument(
        "--jsonl", action="store_true", help=_("one JSON a line (also the default where output is a pipe)")
    )
    parser.add_argument(
        "--camera", metavar="NAME", help=_("whose zones; needed where the configuration has several cameras")
    )
    parser.add_argument(
        "--annotate",
        type=Path,
        metavar="OUT.mp4",
        help=_("write the clip with zones, boxes and timers drawn; clips only"),
    )
    takes_config(parser)


def _clip(arguments: argparse.Namespace, tools: Tools) -> int:
    if lacking := extras.missing(extras.VISION):
        what = _("Python lacks {modules}").format(modules=", ".join(lacking))
        print(f"{what}: {extras.remedy('vision')}", file=sys.stderr)
        return 1
    from agent.trades.kerb import clip

    config, file = tools.load_for_desk(arguments.config), arguments.config
    given = {name: getattr(arguments, name) for name in ("camera", "jsonl", "annotate")}
    return clip.run(arguments.clip, config, file, **given)


COMMANDS = (
    SubCommand(
        "kerb", _("run a video file through the camera pipeline, print the stays"), _takes_clip, _clip, more=CLIP
    ),
)
COMMAND_LINE = CommandLine(COMMANDS)
