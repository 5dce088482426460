"""The street as a process of its own: bays, lamps and the city's broker, so that the daemon's loop stays the daemon's.

`python -m agent.simulate.street` writes its addresses as one JSON line and lives until its standard input closes:
it cannot outlive whoever started it, not even one that was killed.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
from msgspec import Struct

from agent.simulate import bays
from agent.simulate.wire import Cable, Port

SEED = 7


class Addresses(Struct, frozen=True):
    """Where the daemon finds what hangs on the street.

    Args:
        broker_port, dimmer_port: TCP ports on 127.0.0.1.
        gateway: device file of the RS-485 line.
        bays: name of the bay -> device file of its sensor.
    """

    broker_port: int
    dimmer_port: int
    gateway: str
    bays: dict[str, str]


@asynccontextmanager
async def _broker() -> AsyncIterator[int]:
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
        broker_port = await stack.enter_async_context(_broker())
        gateway, dimmer_port = await stack.enter_async_context(_lamps())
        places = bays.street(seed)
        ports = {name: Port() for name in places}
        for port in ports.values():
            stack.callback(port.close)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        cars = group.create_task(bays.play(places, ports), name="bays")
        stack.callback(cars.cancel)
        yield Addresses(broker_port, dimmer_port, gateway, {name: port.path for name, port in ports.items()})


async def _input_closed() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def main() -> None:
    async with street(SEED) as addresses:
        os.write(sys.stdout.fileno(), msgspec.json.encode(addresses) + b"\n")
        await _input_closed()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main())
