"""The simulated LoRaWAN sensors speak as the real ones do: the daemon's own decoders understand them."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from agent.simulate import bays, radio
from agent.simulate.bays import ROAD_MM, ROOF_MM, Bay, Visit
from agent.simulate.chip import Chip
from drivers.lorawan.codecs.known import CODECS
from drivers.lorawan.servers.chirpstack import uplink

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def bay() -> Bay:
    return Bay(iter([Visit(10, 20), Visit(1000, 1001)]), Random(0))


def heard(node: radio.Node, model: str, seconds: int) -> list[tuple[float, object]]:
    decode = CODECS[model].decode
    return [(at / 10, decode(*payload)) for at in range(seconds * 10) for payload in node.frames(at / 10)]


def test_a_bosch_sensor_says_each_change_and_a_heartbeat() -> None:
    frames = heard(radio.Tps110("e", bay()), "bosch-tps110", 30)
    states = [(at_s, frame.occupied) for at_s, frame in frames]  # type: ignore[attr-defined]
    assert states[0] == (0.0, False)
    changes = [at_s for (_, before), (at_s, now) in pairwise(states) if now != before]
    assert [round(at_s) for at_s in changes] == [10, 20]
    assert max(b - a for (a, _), (b, _) in pairwise(states)) <= radio.HEARTBEAT_S + 0.2


def test_a_milesight_sensor_measures_what_is_under_it_and_runs_out_of_battery() -> None:
    frames = [frame for _, frame in heard(radio.Em310Udl("e", bay()), "milesight-em310-udl", 40)]
    distances = {frame.distance_mm for frame in frames}  # type: ignore[attr-defined]
    assert {ROAD_MM, ROOF_MM} <= distances
    batteries = [frame.battery_percent for frame in frames]  # type: ignore[attr-defined]
    assert batteries == sorted(batteries, reverse=True)
    assert batteries[0] > 15 > batteries[-1]


def test_an_event_is_one_of_chirpstack_with_its_best_gateway() -> None:
    told = uplink(radio.event("70b3d5a1c0de0003", 7, (1, b"\x01"), Random(0), NOW))
    assert (told.dev_eui, told.f_cnt, told.f_port, told.payload) == ("70b3d5a1c0de0003", 7, 1, b"\x01")
    assert (told.rssi_dbm or 0) > -80
    assert told.sent_s == NOW.timestamp()


def test_every_bay_has_a_sensor_of_one_kind() -> None:
    assert set(radio.nodes(bays.street(7))) == {"bay-3", "bay-4"}


def test_a_chip_tells_each_client_its_own_line() -> None:
    async def main() -> None:
        with TemporaryDirectory() as folder:
            async with Chip(Path(folder) / "chip") as chip:
                ends = [await asyncio.open_unix_connection(chip.path) for _ in range(2)]
                for offset, (_, writer) in enumerate(ends):
                    writer.write(b"%d\n" % offset)
                assert [await reader.readline() for reader, _ in ends] == [b"0\n", b"0\n"]
                chip.set(1, True)
                chip.set(1, True)
                chip.set(1, False)
                assert [await ends[1][0].readline() for _ in range(2)] == [b"1\n", b"0\n"]
                for line in (b"nonsense\n", b"9" * 100 + b"\n"):
                    reader, writer = await asyncio.open_unix_connection(chip.path)
                    writer.write(line)
                    assert await reader.read() == b""
                    writer.close()
                for _, writer in ends:
                    writer.close()

    asyncio.run(main())
