"""Asks the running daemon one thing, for a command at a terminal."""

import sys
from pathlib import Path

from agent.console import Answer, Ask, ask_daemon
from drivers.translation import _


async def first_answer(socket: Path, ask: Ask) -> Answer | None:
    """Returns the daemon's first answer; None: there is none, and the reason was printed."""
    try:
        async for answer in ask_daemon(socket, ask):
            if "error" in answer:
                print(answer["error"], file=sys.stderr)
                return None
            return answer
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
