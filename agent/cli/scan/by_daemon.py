"""A scan of a line that the daemon holds: it asks, in the turns that its own polls leave free."""

import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from agent.cli.beside import Daemon
from agent.configuration import Config
from agent.console import Answer
from agent.console_client import OtherVersion, read
from agent.diagnostics.search import Found, Tell
from agent.diagnostics.wanted import Wanted
from drivers.profile import Profile
from drivers.translation import _


async def by_daemon(
    daemon: Daemon,
    config: Config,
    line: str,
    wanted: Wanted,
    *,
    profiles: Sequence[Profile],
    found: list[Found],
    heard: list[dict[str, Any]],
    tell: Tell,
) -> list[str]:
    """Add whoever answers to `found`, and what else was heard to `heard`; why it was given up."""
    if wanted.bauds or wanted.framings:
        words = _("the daemon holds line {line} at its own baud; for others stop it first: {command}")
        return [words.format(line=line, command="systemctl stop lamppost")]
    if sys.stderr.isatty():
        words = _("the daemon holds line {line}: it asks for us, behind its own polls")
        print(words.format(line=line), file=sys.stderr)
    known = {profile.name: profile for profile in profiles}
    try:
        async with aclosing(daemon.scan(line, wanted.units, wanted.timeout_s)) as answers:
            async for answer in answers:
                with read(answer):
                    heard += answer.get("heard", ())
                    if (ended := _ended(line, answer)) is not None:
                        return ended
                    if "progress" in answer:
                        tell(*answer["progress"])
                    if "found" in answer:
                        one = answer["found"]
                        fitting = tuple(known[name] for name in one["profiles"] if name in known)
                        found.append(Found(config.line[line], one["unit"], one["garbled"], fitting, one["is_noise"]))
    except OtherVersion as error:
        return [str(error)]
    except OSError as error:
        return [_("the daemon has hung up: {reason}").format(reason=error.strerror or error)]
    return [_("the daemon hung up before it had asked all; what was found until then:")]


def _ended(line: str, answer: Answer) -> list[str] | None:
    """Why it was given up, if anything, with the last answer; None: more will come."""
    if "ended" in answer:
        return []
    if "refused" in answer:
        return [answer["refused"]]
    if "error" in answer:
        words = _("the daemon holds line {line}; stop it first: {command}")
        return [words.format(line=line, command="systemctl stop lamppost")]
    return None
