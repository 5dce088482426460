"""`lamppost scan LINE`: which units answer on a line, at which speed and framing, and which profile fits them."""

import asyncio
import sys
from pathlib import Path

from agent.cli.scan.progress import Progress
from agent.cli.scan.report import report
from agent.cli.scan.search import Found, search
from agent.cli.scan.wanted import Wanted, wanted_of
from agent.configuration import Config, load
from agent.console import Ask, ask_daemon
from drivers import profile
from drivers.errors import LineError
from drivers.profile import Profile
from drivers.translation import _

__all__ = ["Found", "Progress", "Wanted", "held", "report", "run", "search", "wanted_of"]


def run(name: str, file: Path, wanted: Wanted) -> int:
    """Prints what was found; 0: something, 1: nothing, or why it could not be looked for. Raises ConfigError."""
    config = load(file)
    if (options := config.line.get(name)) is None:
        known = ", ".join(config.line) or _("none")
        words = _("{file} has no [line.{name}]; it has: {names}")
        print(words.format(file=file, name=name, names=known), file=sys.stderr)
        return 1
    found: list[Found] = []
    given_up: list[LineError] = []
    progress = Progress(sys.stderr)
    try:
        if refused := asyncio.run(held(config, name)):
            print(refused, file=sys.stderr)
            return 1
        profiles = _profiles(config)
        given_up = asyncio.run(search(name, options, wanted, profiles=profiles, found=found, tell=progress.show))
    except KeyboardInterrupt:
        progress.clear()
        print(_("stopped; found until then:"), file=sys.stderr)
    progress.clear()
    for why in dict.fromkeys(f"{error.what} ({error.hint})" if error.hint else error.what for error in given_up):
        print(why, file=sys.stderr)
    if found or not given_up:
        print("\n".join(report(config, name, found, len(wanted.units))))
    return 0 if found else 1


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


async def held(config: Config, line: str) -> str:
    """Why the line may not be used: the daemon of this pole holds it. "": it does not, or there is none."""
    socket = Path(config.pole.socket)
    try:
        async for answer in ask_daemon(socket, Ask("status")):
            if line in answer.get("lines", ()):
                return _("the daemon holds line {line}; stop it first: {command}").format(
                    line=line, command="systemctl stop lamppost"
                )
            return ""
    except (FileNotFoundError, ConnectionError):
        return ""
    except OSError as error:
        words = _("whether the daemon holds line {line} cannot be asked at {socket}: {reason}; use sudo")
        return words.format(line=line, socket=socket, reason=error.strerror)
    return ""
