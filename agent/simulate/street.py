"""The street as a process of its own: bays, lamps, broker, so that the daemon's loop stays the daemon's.

`python -m agent.simulate.street` writes its addresses as one JSON line and lives until its standard input closes:
it cannot outlive whoever started it, not even one that was killed.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from agent.simulate import bays, radio
from agent.simulate.chip import Chip
from agent.simulate.wire import Cable, Port
from drivers.translation import TranslatedLog

SEED = 7
EARS = ("bay-1", "bay-2")
"""Bays with an A02 sensor; bay-3 and bay-4 have LoRaWAN sensors, bay-5 a loop in the road."""

LOOP, CONTACT = "bay-5", 17
"""The bay with a contact, and the line of its chip."""


class Addresses(Struct, frozen=True):
    """The addresses at which the daemon finds what is connected in the street.

    Args:
        broker_port, dimmer_port: TCP ports on 127.0.0.1.
        gateway: device file of the RS-485 line.
        ears: name of the bay -> device file of its A02 sensor.
        nodes: name of the bay -> devEUI of its LoRaWAN sensor.
        chip: socket of the GPIO chip; its line `CONTACT` belongs to bay-5.
    """

    broker_port: int
    dimmer_port: int
    gateway: str
    ears: dict[str, str]
    nodes: dict[str, str]
    chip: str


@asynccontextmanager
async def broker_on_loopback() -> AsyncIterator[int]:
    """Yields the port of a city's broker."""
    from agent.simulate.broker import broker, port

    running = broker()
    await running.start()
    try:
        yield port(running)
    finally:
        await running.shutdown()


@asynccontextmanager
async def _lamps() -> AsyncIterator[tuple[str, int]]:
    from agent.simulate.lamps import serial_server, tcp_port, tcp_server

    with Cable() as cable:
        serial, tcp = serial_server(cable.far.path), tcp_server()
        await serial.serve_forever(background=True)
        await tcp.serve_forever(background=True)
        try:
            yield cable.near.path, tcp_port(tcp)
        finally:
            await serial.shutdown()  # type: ignore[no-untyped-call]
            await tcp.shutdown()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def street(seed: int) -> AsyncIterator[Addresses]:
    """Everything, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        broker_port = await stack.enter_async_context(broker_on_loopback())
        gateway, dimmer_port = await stack.enter_async_context(_lamps())
        places = bays.street(seed)
        ports = {name: Port() for name in EARS}
        for port in ports.values():
            stack.callback(port.close)
        folder = stack.enter_context(TemporaryDirectory(prefix="lamppost-street-"))
        chip = await stack.enter_async_context(Chip(Path(folder) / "chip"))
        nodes = radio.nodes(places)
        server = await stack.enter_async_context(radio.server(broker_port))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for name, work in {
            "bays": bays.play(places, ports),
            "radio": radio.play(list(nodes.values()), server, seed),
            "contact": _contact(chip, places[LOOP]),
        }.items():
            stack.callback(group.create_task(work, name=name).cancel)
        yield Addresses(
            broker_port,
            dimmer_port,
            gateway,
            ears={name: port.path for name, port in ports.items()},
            nodes={name: node.eui for name, node in nodes.items()},
            chip=str(chip.path),
        )


async def _contact(chip: Chip, bay: bays.Bay) -> None:
    """A loop in the road closes its contact to ground while a car stands on it."""
    began_s = time.monotonic()
    while True:
        chip.set(CONTACT, high=not radio.occupied(bay, time.monotonic() - began_s))
        await asyncio.sleep(bays.FRAME_S)


async def _input_closed() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _served(places: AbstractAsyncContextManager[Struct]) -> None:
    async with places as addresses:
        os.write(sys.stdout.fileno(), msgspec.json.encode(addresses) + b"\n")
        await _input_closed()


def serve(places: AbstractAsyncContextManager[Struct]) -> None:
    """Writes the addresses, and lives until its input closes."""
    handler = logging.StreamHandler()
    handler.addFilter(TranslatedLog())
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    asyncio.run(_served(places))


if __name__ == "__main__":
    serve(street(SEED))
