"""Commands from upstream: each accepted, carried out, and answered once."""

from agent.commands.actions import AfterRestart, PoleAction, PoleActions, PoleOrder
from agent.commands.commands import KEY, REMEMBERED, Commands, CommandsState
from agent.commands.target import CommandTarget

__all__ = [
    "KEY",
    "REMEMBERED",
    "AfterRestart",
    "CommandTarget",
    "Commands",
    "CommandsState",
    "PoleAction",
    "PoleActions",
    "PoleOrder",
]
