"""Asks the running daemon one thing, for a command at a terminal."""

import sys
from pathlib import Path

from agent.console import Answer, Ask, ask_daemon


async def first_answer(socket: Path, ask: Ask) -> Answer | None:
    """None when there is none; why was printed."""
    try:
        async for answer in ask_daemon(socket, ask):
            if "error" in answer:
                print(answer["error"], file=sys.stderr)
                return None
            return answer
    except OSError as error:
        print(no_daemon(socket, error), file=sys.stderr)
        return None
    print("the daemon hung up without an answer; see: journalctl -u lamppost", file=sys.stderr)
    return None


def no_daemon(socket: Path, error: OSError) -> str:
    """Why nobody answers, and what to do."""
    if isinstance(error, PermissionError):
        hint = "this user may not ask; use sudo, or add the user to the group lamppost"
    else:
        hint = "is it running? systemctl status lamppost"
    return f"no daemon answers at {socket}: {error.strerror or error} ({hint})"
