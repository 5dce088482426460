"""`lamppost scan LINE`: which units answer on a line, at which speed and framing, and which profile fits them."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from agent.cli.beside import NotToBeAsked, daemon_of
from agent.cli.progress import Progress
from agent.cli.scan.by_daemon import by_daemon
from agent.cli.scan.report import report
from agent.cli.screen import plain
from agent.configuration import Config, load
from agent.diagnostics.search import Found, search
from agent.diagnostics.wanted import Wanted, wanted_of
from drivers import profile
from drivers.profile import Profile
from drivers.translation import _

__all__ = ["Found", "Progress", "Wanted", "report", "run", "search", "wanted_of"]


def run(name: str, file: Path, wanted: Wanted) -> int:
    """Prints what was found; 0: a unit, 1: none, or why it could not be looked for. Raises ConfigError."""
    config = load(file)
    if name not in config.line:
        known = ", ".join(config.line) or _("none")
        words = _("{file} has no [line.{name}]; it has: {names}")
        print(words.format(file=file, name=name, names=known), file=sys.stderr)
        return 1
    found: list[Found] = []
    heard: list[dict[str, Any]] = []
    given_up: list[str] = []
    progress = Progress(plain(sys.stderr))
    try:
        given_up = asyncio.run(_scan(config, name, wanted, found=found, heard=heard, progress=progress))
    except KeyboardInterrupt:
        progress.clear()
        print(_("stopped; found until then:"), file=sys.stderr)
    progress.clear()
    for why in dict.fromkeys(given_up):
        print(why, file=sys.stderr)
    if found or not given_up:
        print("\n".join(report(config, name, found, len(wanted.units), heard)))
    return 1 if all(one.is_noise for one in found) else 0


async def _scan(
    config: Config,
    name: str,
    wanted: Wanted,
    *,
    found: list[Found],
    heard: list[dict[str, Any]],
    progress: Progress,
) -> list[str]:
    """Adds to `found` and `heard`; why it could not be looked for. The daemon asks where it holds the line."""
    try:
        daemon = await daemon_of(config)
    except NotToBeAsked as error:
        return [str(error)]
    profiles = _profiles(config)
    if daemon is not None and name in daemon.lines:
        return await by_daemon(
            daemon, config, name, wanted, profiles=profiles, found=found, heard=heard, tell=progress.show
        )
    errors = await search(
        name, config.line[name], wanted, profiles=profiles, found=found, heard=heard, tell=progress.show
    )
    return [error.words for error in errors]


def _profiles(config: Config) -> list[Profile]:
    """Every profile there is; a wrong one is told by the check of the lamp or meter that names it."""
    own_dir = Path(config.pole.profiles_dir)
    found = []
    for name in profile.names(own_dir):
        try:
            found.append(profile.load(name, own_dir))
        except profile.ProfileError as error:
            print(_("left out: {reason}").format(reason=error), file=sys.stderr)
    return found
