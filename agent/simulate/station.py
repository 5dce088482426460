"""The devices of a station as a process of its own, as agent.simulate.street is for the street.

`python -m agent.simulate.station air|weather` writes its addresses as one JSON line and lives until its standard input
closes.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.simulate import air, radio, street, weather
from agent.simulate.air import Says
from agent.simulate.chip import Chip
from agent.simulate.places import Places
from agent.simulate.wire import Cable, Port

LOOK_S, SPEAK_S = 0.05, 0.5
"""Questions are heard each so often; what speaks by itself does so each so often."""


@asynccontextmanager
async def station(scene: str) -> AsyncIterator[Places]:
    """Everything, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        broker_port = await stack.enter_async_context(street.broker_on_loopback())
        folder = stack.enter_context(TemporaryDirectory(prefix="lamppost-station-"))
        chip = await stack.enter_async_context(Chip(Path(folder) / "chip"))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        begin = _air if scene == "air" else _weather
        yield Places(broker_port, str(chip.path), await begin(stack, group, chip, broker_port))


async def _air(stack: AsyncExitStack, group: asyncio.TaskGroup, chip: Chip, broker_port: int) -> dict[str, str]:
    ports = _connected(stack, group, air.SENSORS)
    stack.callback(group.create_task(_door(chip), name="door").cancel)
    return ports


async def _weather(stack: AsyncExitStack, group: asyncio.TaskGroup, chip: Chip, broker_port: int) -> dict[str, str]:
    cable = stack.enter_context(Cable())
    server = weather.SenseCap().server(cable.far.path)
    await server.serve_forever(background=True)
    stack.push_async_callback(server.shutdown)
    network = await stack.enter_async_context(radio.server(broker_port))
    heard = radio.play(weather.nodes(), network, street.SEED)
    stack.callback(group.create_task(heard, name="radio").cancel)
    stack.callback(group.create_task(_rain(chip), name="rain").cancel)
    return {weather.LINE: cable.near.path} | _connected(stack, group, {weather.WIND: weather.windsonic})


def _connected(stack: AsyncExitStack, group: asyncio.TaskGroup, sensors: Mapping[str, Says]) -> dict[str, str]:
    """The ports at which these sensors speak from now on."""
    ports = {place: Port() for place in sensors}
    for place, says in sensors.items():
        stack.callback(ports[place].close)
        stack.callback(group.create_task(_speak(ports[place], says), name=place).cancel)
    return {place: port.path for place, port in ports.items()}


async def _speak(port: Port, says: Says) -> None:
    """A sensor that is asked answers at once; one that is not speaks from time to time."""
    began_s = spoke_s = time.monotonic()
    while True:
        now_s, heard = time.monotonic(), port.read()
        if heard or now_s - spoke_s >= SPEAK_S:
            spoke_s = now_s
            port.write(says(now_s - began_s, heard))
        await asyncio.sleep(LOOK_S)


async def _door(chip: Chip) -> None:
    """The contact of the door is made, to ground, while it is shut."""
    began_s = time.monotonic()
    while True:
        chip.set(air.DOOR, high=air.is_door_open(time.monotonic() - began_s))
        await asyncio.sleep(LOOK_S)


async def _rain(chip: Chip) -> None:
    """The contact of the bucket is made, to ground, at each tip."""
    while True:
        chip.set(weather.RAIN, high=True)
        await asyncio.sleep(weather.TIP_S)
        chip.set(weather.RAIN, high=False)
        await asyncio.sleep(weather.MADE_S)


if __name__ == "__main__":
    street.serve(station(sys.argv[1]))
