"""The daemon asks for a technician: real slaves on a pseudo-terminal, and its own polls go on."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.configuration import Config, load
from agent.console import Answer, Ask, Console, ask_daemon
from agent.diagnostics.service import Diagnostics
from drivers.errors import NoAnswer
from drivers.line import Line, Request
from drivers.line.rtu import RtuTransport
from drivers.modbus import Master
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("lines_by_loop")

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
profiles_dir = "{folder}"
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "{port}"
timeout = "200ms"
[meter.m]
line = "rs485"
unit = 3
profile = "own"
"""
PROFILE = """
description = "a meter"
[register.charge_percent]
function = 3
address = 0
type = "u16"
unit = "%"
range = [0, 100]
"""
POLL_S = 0.25


def slave(unit: int, value: int = 7) -> SimDevice:
    return SimDevice(unit, simdata=[SimData(0, values=[value], datatype=DataType.REGISTERS)])


@pytest.fixture
def config(tmp_path: Path) -> Any:
    def write(port: str) -> Config:
        (tmp_path / "own.toml").write_text(PROFILE)
        file = tmp_path / "lamppost.toml"
        file.write_text(POLE.format(folder=tmp_path, port=port))
        return load(file)

    return write


async def answers(stream: Any) -> list[Answer]:
    return [answer async for answer in stream]


def test_a_scan_tells_who_answers_and_how_far_it_is(serial_slaves: Any, config: Any) -> None:
    async def main() -> list[Answer]:
        async with serial_slaves(slave(3)) as port:
            settings = config(port)
            async with Line("rs485", settings.line["rs485"]) as line:
                return await answers(
                    Diagnostics(settings, {"rs485": Master(line)}).scan(Ask("scan", line="rs485", units=(2, 3)))
                )

    said = run_settling(main())
    found = {"unit": 3, "garbled": "", "is_noise": False, "profiles": []}
    assert [answer["found"] for answer in said if "found" in answer] == [found]
    told = [answer["progress"] for answer in said if "progress" in answer]
    dones = [done for done, _of, _words in told]
    assert dones == sorted(dones) and (dones[0], dones[-1]) == (0, told[0][1])
    assert {1, 2} <= set(dones), "a silent unit is asked one thing after the other"
    assert said[-1] == {"ended": True, "heard": []}


def test_promise_the_polls_of_the_daemon_keep_their_period_beside_a_scan(
    serial_slaves: Any, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent units take the line each; no poll is left out for them, and none waits longer than one of them."""
    exchange, asked = RtuTransport.exchange, list[int]()

    async def noted(self: RtuTransport, port: Any, request: Request, command: bool = False) -> bytes:
        asked.append(request.unit)
        return await exchange(self, port, request, command)

    monkeypatch.setattr(RtuTransport, "exchange", noted)
    silent = tuple(range(10, 15))

    async def main() -> list[int]:
        async with serial_slaves(slave(3)) as port:
            settings = config(port)
            async with Line("rs485", settings.line["rs485"]) as line:
                master, waited_for = Master(line), list[int]()

                async def poll() -> None:
                    while True:
                        for _ in range(3):  # a round of reads, as of a device with several blocks
                            before, is_held = len(asked), line.is_unresponsive(3)
                            with suppress(NoAnswer):  # a slave that had to wait for this machine
                                await master.read("m", 3, 3, 0, 1)
                            if not is_held:  # it waits for itself then
                                waited_for.append(sum(unit in silent for unit in asked[before:]))
                        await asyncio.sleep(POLL_S)

                polling = asyncio.create_task(poll())
                await answers(Diagnostics(settings, {"rs485": master}).scan(Ask("scan", line="rs485", units=silent)))
                polling.cancel()
                await asyncio.wait({polling})
                return waited_for

    waited_for = run_settling(main())
    assert set(silent) <= set(asked)
    assert len(waited_for) > 3 * len(silent), "there is more than a round for each of them"
    assert max(waited_for) == 0, "what is being asked when a poll is due goes before it, and nothing else"


def test_a_probe_tells_values_and_marks_what_its_profile_doubts(serial_slaves: Any, config: Any) -> None:
    async def main() -> list[Answer]:
        async with serial_slaves(slave(3, 5001)) as port:
            settings = config(port)
            async with Line("rs485", settings.line["rs485"]) as line:
                asked = Diagnostics(settings, {"rs485": Master(line)})
                found = await answers(asked.probe(Ask("probe", line="rs485", units=(3,), device="m", profile="own")))
                found += await answers(asked.probe(Ask("probe", line="rs485", units=(9,), device="n", profile="own")))
                return found + await answers(asked.probe(Ask("probe", line="rs485", units=(3,), profile="none")))

    there, silent, no_profile = run_settling(main())
    assert there["answered"] and there["text"].startswith("charge_percent 5001 (suspect: ")
    assert not silent["answered"] and "unit 9 on line rs485 did not answer" in silent["text"]
    assert not no_profile["answered"] and 'there is no profile "none"' in no_profile["text"]


def test_one_at_a_time_and_free_again_when_the_listener_hangs_up(
    serial_slaves: Any, config: Any, tmp_path: Path
) -> None:
    """The scan runs over the socket, as the command has it."""

    async def nothing(*_: Any) -> Mapping[str, Any] | None:
        return None

    async def main() -> tuple[Answer, list[Answer]]:
        async with serial_slaves(slave(3)) as port:
            settings = config(port)
            async with Line("rs485", settings.line["rs485"]) as line:
                service = Diagnostics(settings, {"rs485": Master(line)})
                path = tmp_path / "l.sock"
                console = asyncio.create_task(Console(path, nothing, nothing, nothing, service.streams).run())  # type: ignore[arg-type]
                while not path.exists():
                    await asyncio.sleep(0.01)
                whole = Ask("scan", line="rs485", units=tuple(range(4, 100)))
                async with aclosing(ask_daemon(path, whole)) as scanning:  # type: ignore[type-var]
                    await anext(scanning)
                    refused = await anext(ask_daemon(path, Ask("scan", line="rs485", units=(3,))))
                until_s = time.monotonic() + PATIENCE_S
                after = [refused]
                while "refused" in after[0] and time.monotonic() < until_s:
                    await asyncio.sleep(0.01)
                    after = [one async for one in ask_daemon(path, Ask("scan", line="rs485", units=(3,)))]
                console.cancel()
                await asyncio.wait({console})
                return refused, after

    refused, after = run_settling(main())
    assert refused["refused"] == "a scan of line rs485 is running; try again when it has ended"
    assert after[-1]["ended"]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (Ask("scan", line="other", units=(1,)), "the daemon has no line other"),
        (Ask("scan", line="rs485"), "no unit was named"),
        (Ask("scan", line="rs485", units=(1, 0, 255)), "line rs485 has no unit 0"),
        (Ask("probe", line="rs485", units=(255,), profile="own"), "line rs485 has no unit 255"),
        (Ask("scan", line="rs485", units=(1, 2)), "serial port /dev/not-there of line rs485 does not exist"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(config: Any, ask: Ask, said: str) -> None:
    async def main() -> list[Answer]:
        settings = config("/dev/not-there")
        async with Line("rs485", settings.line["rs485"]) as line:
            return await answers(Diagnostics(settings, {"rs485": Master(line)}).scan(ask))

    *_progress, answer = run_settling(main())
    assert said in answer["refused"]
