"""Real far ends for the commands that ask devices: Modbus slaves on a pseudo-terminal that has a speed."""

import asyncio
import contextlib
import os
import termios
import tty
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import settings
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import SimDevice

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
"""The same examples in each run; HYPOTHESIS_PROFILE=searching looks for new ones."""

SYSTEM = Path(__file__).parent / "system"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of tests/system is slow; elsewhere a test that is says so itself. `make quick` holds the others to it."""
    for item in items:
        if SYSTEM in item.path.parents:
            item.add_marker(pytest.mark.slow)


Slaves = Callable[..., contextlib.AbstractAsyncContextManager[str]]


@pytest.fixture
def serial_slaves() -> Slaves:
    """pymodbus's server behind a serial port; gives the port's path. At another speed nothing gets through."""
    return _serial_slaves


@contextlib.asynccontextmanager
async def _serial_slaves(*devices: SimDevice, speed: int = termios.B9600) -> AsyncIterator[str]:
    loop, near, far = asyncio.get_running_loop(), os.openpty(), os.openpty()
    units = {device.id for device in devices}  # the server itself answers for units that it has not
    for master, slave in (near, far):
        tty.setraw(slave)
        os.set_blocking(master, False)

    def to_slaves() -> None:
        data = os.read(near[0], 4096)
        if termios.tcgetattr(near[0])[4] == speed and data[0] in units:
            os.write(far[0], data)

    loop.add_reader(near[0], to_slaves)
    loop.add_reader(far[0], lambda: os.write(near[0], os.read(far[0], 4096)))
    server = ModbusSerialServer(list(devices), framer=FramerType.RTU, port=os.ttyname(far[1]), baudrate=115200)
    await server.serve_forever(background=True)
    try:
        yield os.ttyname(near[1])
    finally:
        await server.shutdown()
        for fd in (near[0], far[0]):
            loop.remove_reader(fd)
        for fd in (*near, *far):
            os.close(fd)
