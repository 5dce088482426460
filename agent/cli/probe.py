"""Asks what hangs on the pole once, while no daemon runs: `lamppost check --probe`."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack

from msgspec import Struct

from agent.clock import SystemClock
from agent.configuration import Config
from agent.trades.base import Trade
from agent.trades.probing import ProbeContext, first_reading
from agent.trades.registry import TRADES
from drivers import profile
from drivers.errors import DeviceError
from drivers.line import Line
from drivers.lorawan import Network
from drivers.mapped import LineDevice
from drivers.modbus import Master
from drivers.profile import Measured
from drivers.registers import Registers
from drivers.translation import _


class Answer(Struct, frozen=True):
    """What came of asking one device.

    Args:
        text: its values, or why there are none and what to do.
    """

    name: str
    answered: bool
    text: str


async def probe(config: Config, trades: Sequence[Trade] = TRADES) -> list[Answer]:
    """One answer for each device; all are asked at the same time, those of one line one after the other.

    What hangs on a line is asked by its profile, a network whether its broker is there; each trade asks the rest.
    """
    async with AsyncExitStack() as opened:
        masters = {
            name: Master(await opened.enter_async_context(Line(name, options))) for name, options in config.line.items()
        }
        clock = SystemClock(config.pole.clock)
        networks = {
            name: Network(name, options, earliest_s=lambda: clock.now().earliest_s)
            for name, options in config.lorawan.items()
        }
        context = ProbeContext(config, masters, networks)
        asked = [
            _ask(name, _values(name, device, context))
            for _, name, device in config.members()
            if isinstance(device, LineDevice)
        ]
        asked += [_ask(name, _network(each)) for name, each in networks.items()]
        asked += [_ask(name, asking) for trade in trades for name, asking in trade.probe(context).items()]
        return await asyncio.gather(*asked)


async def _ask(name: str, asking: Awaitable[str]) -> Answer:
    try:
        return Answer(name, True, await asking)
    except DeviceError as error:
        return Answer(name, False, error.what + (f" ({error.hint})" if error.hint else ""))


async def _values(name: str, device: LineDevice, context: ProbeContext) -> str:
    """Every read of its profile, once; some devices refuse a part of them. Raises DeviceError."""
    bound = profile.load(device.profile, context.profiles_dir).bind(**device.parameters)
    needed = [bound.lamp.read_back.name] if bound.lamp and bound.lamp.read_back else []
    registers = Registers(name, device.unit, bound, context.masters[device.line], needed)
    said: list[str] = []
    refusals: list[str] = []
    for read in registers.reads:
        for part, words in await registers.answers(read, refusals):
            said += _shown(part.decode(words))
    return ", ".join(said + refusals) or "answers"


def _shown(measured: Iterable[Measured]) -> Iterator[str]:
    """Numbers with their names, and of the yes-or-no values those that are yes."""
    for each in measured:
        if each.value is True:
            yield each.quantity
        elif each.value is not False:
            yield f"{each.quantity} {each.value:g}"


async def _network(network: Network) -> str:
    """Raises DeviceError."""
    await first_reading(network)
    return _("its broker answers; the sensors speak by themselves")
