"""What the pole rests on is tried: a broker that lets in or does not, disk, clock, and the models of its cameras."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.cli.probe import Answer, broker, clock, disk, models
from agent.configuration import load
from agent.console import Console

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
clock = "rtc"
socket = "{folder}/l.sock"
models_dir = "{folder}"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
protocol = "{protocol}"
port = {port}
"""
CAMERA = """
[camera.cam]
source = "street.mp4"
[zone.z]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
"""

Written = Callable[..., Any]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(port: int = 1, protocol: str = "5", more: str = "") -> Any:
        file = tmp_path / "lamppost.toml"
        file.write_text(POLE.format(folder=tmp_path, port=port, protocol=protocol) + more)
        return load(file)

    return write


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("online", [False, True])
def test_the_broker_hears_what_is_true_once_and_keeps_nothing(
    written: Written, raw_broker: Any, protocol: str, online: bool, tmp_path: Path
) -> None:
    """The probe has a client id of its own: the session of the daemon stays."""

    async def status() -> Any:
        return {"lines": [], "devices": {}, "uplink": {"connected": online}}

    async def nothing(*_: Any) -> Any:
        return None

    async def main() -> tuple[Answer, list[list[tuple[int, bytes]]]]:
        async with raw_broker(protocol) as far:
            console = asyncio.create_task(Console(tmp_path / "l.sock", status, nothing, nothing).run())
            while not (tmp_path / "l.sock").exists():
                await asyncio.sleep(0.01)
            (answer,) = await broker.log_in(written(far.port, protocol))
            console.cancel()
            await asyncio.wait({console})
            return answer, far.said

    answer, ((connect, publish, *_),) = asyncio.run(main())
    assert answer.answered and answer.text.endswith("took lamppost/town/p1/status")
    flags, expires_at_once = connect[1][7], b"\x11\0\0\0\0" in connect[1]
    assert not flags & 0x20, "a will that is not retained"
    assert expires_at_once if protocol == "5" else flags & 0x02, "a session that ends with the connection"
    assert b"lamppost.town.p1.probe." in connect[1]
    assert publish[0] & 0xF1 == 0x30, "a PUBLISH that is not retained"
    assert json.loads(publish[1][publish[1].index(b"{") :]) == {"online": online}


def test_a_broker_that_is_not_there_is_named_with_what_to_do(written: Written) -> None:
    (answer,) = asyncio.run(broker.log_in(written(1)))
    assert answer == Answer("broker", False, answer.text)
    assert answer.text.startswith("127.0.0.1:1: connection refused: nothing listens there")


def test_a_broker_that_refuses_what_is_said_is_one_of_an_access_list(
    written: Written, raw_broker: Any, misdeed: Any
) -> None:
    async def main() -> Answer:
        refusal = misdeed("not authorised", "PUBACK", b"\x40\x04\0\1\x87\0")
        async with raw_broker("5", [refusal]) as far:
            (answer,) = await broker.log_in(written(far.port))
            return answer

    answer = asyncio.run(main())
    assert not answer.answered and "lets this pole in" in answer.text and "check its access list" in answer.text


def test_the_disk_is_written_where_the_store_lies(written: Written, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    (answer,) = asyncio.run(disk.write(written()))
    assert "a page is safe after" in answer.text and "MB free" in answer.text
    assert sorted(tmp_path.iterdir()) == [*before, tmp_path / "lamppost.toml"], "nothing is left behind"
    gone = written(more=CAMERA)
    assert asyncio.run(disk.write(gone))[0].answered == answer.answered


@pytest.mark.parametrize(
    ("took_s", "free_bytes", "right", "word"),
    [(0.01, 10**9, True, "10.0 ms"), (0.3, 10**9, False, "too slow"), (0.01, 10**6, False, "less than the 256 MB")],
)
def test_a_disk_is_judged_by_speed_and_room(took_s: float, free_bytes: int, right: bool, word: str) -> None:
    answer = disk.judged(took_s, free_bytes, 256_000_000)
    assert (answer.answered, word in answer.text) == (right, True)


def test_a_disk_that_is_not_there(written: Written, tmp_path: Path) -> None:
    config = written()
    (tmp_path / "lamppost.toml").write_text(POLE.format(folder="/not/there", port=1, protocol="5"))
    config = load(tmp_path / "lamppost.toml")
    (answer,) = asyncio.run(disk.write(config))
    assert (answer.answered, answer.text) == (False, "/not/there could not be written: No such file or directory")


def test_the_clock_is_told(written: Written) -> None:
    answer = clock(written())
    assert answer.answered and answer.text.endswith('taken as set (clock = "rtc")')


def test_a_model_without_weights_says_so(written: Written, tmp_path: Path) -> None:
    assert asyncio.run(models.run(written())) == []
    (answer,) = asyncio.run(models.run(written(more=CAMERA)))
    assert (answer.name, answer.answered) == ("model ssd-mobilenet-v2-oidv4", False)
    assert f"{tmp_path}/object_detection" in answer.text
