"""The payload of a message on the command topic."""

from collections.abc import Callable

from agent.uplink import commands


def target() -> Callable[[bytes], None]:
    def one(data: bytes) -> None:
        commands.command(data)
        commands.command(data, True)

    return one
