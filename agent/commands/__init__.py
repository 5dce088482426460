"""Commands from upstream: each accepted, carried out, and answered once."""

from agent.commands.actions import AfterRestart, Nothing, PoleAction, PoleActions, PoleOrder
from agent.commands.commands import Commands
from agent.commands.gate import Gate
from agent.commands.recipients import Recipient, Recipients
from agent.commands.records import Records
from agent.commands.target import CommandTarget

__all__ = [
    "AfterRestart",
    "CommandTarget",
    "Commands",
    "Gate",
    "Nothing",
    "PoleAction",
    "PoleActions",
    "PoleOrder",
    "Recipient",
    "Recipients",
    "Records",
]
