"""`lamppost check --probe`: asks each device once, beside the daemon or without it, and tries what it rests on."""

import asyncio
from collections.abc import Sequence

from agent.cli import beside
from agent.cli.probe import broker, disk, models
from agent.cli.probe.answer import Answer
from agent.cli.probe.clock import clock
from agent.cli.probe.devices import Tell, devices
from agent.configuration import Config
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from drivers.translation import _

__all__ = ["Answer", "pole", "probe"]


def _silent(done: int, total: int, where: str) -> None:
    """Shows no progress."""


async def probe(config: Config, trades: Sequence[Trade] = TRADES, tell: Tell = _silent) -> list[Answer]:
    """One answer for each device. What the daemon holds it asks itself, or says how it is."""
    try:
        daemon = await beside.daemon_of(config)
    except beside.NotToBeAsked as error:
        return [Answer("daemon", False, str(error))]
    said = [] if daemon is None else [Answer("daemon", True, _holds(daemon))]
    return said + await devices(config, trades, daemon, tell)


def _holds(daemon: beside.Daemon) -> str:
    if not daemon.lines:
        return _("runs; what it holds it tells itself")
    words = _("runs and holds line {lines}: it asks for us, behind its own polls")
    return words.format(lines=", ".join(sorted(daemon.lines)))


async def pole(config: Config) -> list[Answer]:
    """What the pole rests on: its clock, broker and disk, and each model of a camera."""
    tried = await asyncio.gather(broker.log_in(config), disk.write(config), models.run(config))
    return [clock(config), *(answer for answers in tried for answer in answers)]
