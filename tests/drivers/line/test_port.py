"""What the kernel's driver is told about the transceiver of a serial port."""

import os
import struct
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ENABLED, RTS_ON_SEND, RTS_AFTER_SEND = 1, 2, 4
"""Flags of struct serial_rs485 (linux/serial.h)."""

DRIVER_WITH_RS485 = r"""
    #include <stdarg.h>
    #include <fcntl.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    /* A pseudo-terminal has no direction to switch: answer the two requests of a driver that has, and write down what
       it is told. All else goes to the kernel. */
    int ioctl(int fd, unsigned long request, ...)
    {
        va_list list;
        va_start(list, request);
        void *argument = va_arg(list, void *);
        va_end(list);
        if (request == 0x542E) { /* TIOCGRS485 */
            memset(argument, 0, 32);
            return 0;
        }
        if (request == 0x542F) { /* TIOCSRS485 */
            int out = open(getenv("TOLD"), O_WRONLY | O_CREAT, 0600);
            return write(out, argument, 32) == 32 ? close(out) : -1;
        }
        return syscall(SYS_ioctl, fd, request, argument);
    }
"""

OPEN = """
    import asyncio, sys
    from drivers.line import SerialLine
    from drivers.line.port import open_port
    from drivers.options import Seconds

    async def main():
        options = SerialLine(
            port=sys.argv[1], rs485=True, rs485_send_level=sys.argv[2],
            rs485_delay_before_send_s=Seconds(0.002), rs485_delay_after_send_s=Seconds(0.003),
        )
        port = await open_port(options, lambda data: None, lambda: None)
        await port.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("send_level", "flags"), [("high", ENABLED | RTS_ON_SEND), ("low", ENABLED | RTS_AFTER_SEND)], ids=["high", "low"]
)
def test_the_kernel_switches_the_direction_as_configured(pty: Any, tmp_path: Path, send_level: str, flags: int) -> None:
    source, library, told = tmp_path / "driver.c", tmp_path / "driver.so", tmp_path / "told"
    source.write_text(textwrap.dedent(DRIVER_WITH_RS485))
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"LD_PRELOAD": str(library), "TOLD": str(told), "PYTHONPATH": root}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OPEN), pty.path, send_level], check=True, env=environment, timeout=30
    )
    assert struct.unpack("=3I", told.read_bytes()[:12]) == (flags, 2, 3)
