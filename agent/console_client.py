"""Asks the running daemon one thing, for a command at a terminal; the daemon may be of another version."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import MsgspecError

from agent import __version__
from agent.console import Answer, Ask, ask_daemon
from drivers.translation import _


class OtherVersion(Exception):
    """A daemon of another version has answered, and not as this one expects; in words for a technician."""


@contextmanager
def read(answer: Answer) -> Iterator[None]:
    """Reads an answer inside. Raises OtherVersion where it is not as expected, and of another version."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, MsgspecError) as error:
        if (skew := skew_of(answer)) is None:
            raise
        raise OtherVersion(skew) from error


def skew_of(answer: Answer) -> str | None:
    """What to do about a daemon of another version; None: it is of this one."""
    theirs = answer.get("version")
    if theirs == __version__:
        return None
    which = theirs if isinstance(theirs, str) else _("an older one")
    words = _("the daemon is of lamppost {theirs}, this command of {ours}: {command}, or use the command beside it")
    return words.format(theirs=which, ours=__version__, command="systemctl restart lamppost")


async def first_answer(socket: Path, ask: Ask) -> Answer | None:
    """Returns the daemon's first answer; None: there is none, and the reason was printed.

    That the daemon is of another version is printed too.
    """
    try:
        async for answer in ask_daemon(socket, ask):
            for words in filter(None, (answer.get("error"), skew_of(answer))):
                print(words, file=sys.stderr)
            return None if "error" in answer else answer
    except OSError as error:
        print(no_daemon(socket, error), file=sys.stderr)
        return None
    hung_up = _("the daemon hung up without an answer; see: {command}").format(command="journalctl -u lamppost")
    print(hung_up, file=sys.stderr)
    return None


def no_daemon(socket: Path, error: OSError) -> str:
    """Why nobody answers, and what to do."""
    if isinstance(error, PermissionError):
        hint = _("this user may not ask; use sudo, or add the user to the group lamppost")
    else:
        hint = _("is it running? {command}").format(command="systemctl status lamppost")
    reason = error.strerror or error
    return _("no daemon answers at {socket}: {reason} ({hint})").format(socket=socket, reason=reason, hint=hint)
