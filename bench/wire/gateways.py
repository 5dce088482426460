"""Reads through a gateway from Modbus TCP to RTU that is not ours, whose units answer late: how many values are wrong.

A late answer comes after the gateway has given the request up, or asked again, and meets whatever it asks then. A
gateway that takes it for the answer hands on a value of another register, or of before, as a good one.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ports import free_port

from drivers.line import Line, TcpLine
from drivers.options import Seconds
from wire.far import slave
from wire.faults import LINES, Work, all_lines, reading_from

TIMEOUT_S = 0.1
"""The gateway's, for an answer on its serial line."""
OURS_S = 0.5
MIX = {"right": 92, "late, 1-2 time-outs": 8}
"""Shares in per cent, in the order of slave.c."""
SPARE = 1.25
STARTED_S = 20.0

MBUSD = "-d -v0 -L - -p {device} -s 115200 -m 8n1 -A 127.0.0.1 -P {port} -W {timeout_ms} -R 10 -C 8 -N "
KNOWN: Mapping[str, Mapping[str, str]] = {
    "mbusd": {"one retry": MBUSD + "1", "three retries": MBUSD + "3"},
    "mbtcp-tcp2rtu": {"no retry": "--host 127.0.0.1 --port {port} --baudrate 115200 --timeout {timeout_s} {device}"},
}
"""What each is told, in its ways, by the beginning of the program's name."""

NONE = "skipped: no gateway was named: --gateway VENV/bin/mbtcp-tcp2rtu (PyPI: pymodbustcp-cli) or MBUSD"


async def measure(folder: Path, programs: Sequence[Path], right_at_least: int) -> dict[str, Any]:
    if not programs:
        return {"skipped": NONE}
    report: dict[str, Any] = {"mix_percent": MIX, "their_timeout_ms": TIMEOUT_S * 1000, "lines": LINES}
    rows = {
        f"{program.name}, {way}": await _ours(folder, [str(program), *arguments.split()], right_at_least)
        for program in programs
        for way, arguments in ways_of(program).items()
    }
    return report | rows | {"target_wrong_and_not_suspect": 0, "met": all(row["met"] for row in rows.values())}


def ways_of(program: Path) -> Mapping[str, str]:
    """Ways to start it. One whose arguments are not known ends the process."""
    for name, ways in KNOWN.items():
        if program.name.startswith(name):
            return ways
    raise SystemExit(f"{program}: it is not known how to start it; known are {', '.join(KNOWN)}")


async def _ours(folder: Path, command: Sequence[str], right_at_least: int, seed: int = 1) -> dict[str, Any]:
    caught: list[str] = []

    async def line(path: str, work: Work) -> None:
        with _gateway(command, path) as port:
            options = TcpLine(host="127.0.0.1", port=port, timeout_s=Seconds(OURS_S))
            async with Line("gateway", options) as line:
                await work(reading_from(line))
                caught.extend(sorted({told.name for told in line.told()}))

    with slave(folder, "faults", round(TIMEOUT_S * 1e6), seed, LINES, *MIX.values()) as far:
        counted = await all_lines(far, round(SPARE * right_at_least), line)
    told = {name: caught.count(name) for name in sorted(set(caught))}
    met = counted["wrong"] == 0 and counted["right"] + counted.get("right_but_suspect", 0) >= right_at_least
    return counted | {"found_on_lines": told, "met": met}


@contextlib.contextmanager
def _gateway(command: Sequence[str], device: str) -> Iterator[int]:
    """Runs on a port of its own until the end of the block."""
    port = free_port()
    own = {"device": device, "port": port, "timeout_ms": round(TIMEOUT_S * 1000), "timeout_s": TIMEOUT_S}
    words = [word.format(**own) for word in command]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _listens(words[0], port, process)
            yield port
        finally:
            process.terminate()


def _listens(name: str, port: int, process: "subprocess.Popen[bytes]") -> None:
    """Returns once it does; a gateway that has ended, or takes too long, ends this process."""
    until_s = time.monotonic() + STARTED_S
    while time.monotonic() < until_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{name} does not listen on port {port}")
