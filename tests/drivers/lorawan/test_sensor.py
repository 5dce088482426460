"""One LoRaWAN sensor: what it emits of its frames, what it leaves out, and when it is down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import pytest
from msgspec import structs
from patience import PATIENCE_S

from drivers.base import Field, Quality, Reading
from drivers.errors import DeviceError, LineError, NoAnswer
from drivers.lorawan import LorawanDriver, LorawanSensor, Network, NetworkOptions, models
from drivers.lorawan.codecs import Frame, Model
from drivers.lorawan.frame_queue import MOST_WAITING
from drivers.lorawan.uplink import UplinkFrame
from drivers.options import Seconds

EUI = "70b3d5a1c0de0001"


class Bench:
    """A sensor whose network is played by hand, and what it says."""

    def __init__(self, model: str = "bosch-tps110", heartbeat_s: float = 3600.0) -> None:
        self.network = Network("town", NetworkOptions(host="127.0.0.1"))
        options = LorawanSensor(network="town", dev_eui=EUI.upper(), model=model, heartbeat_s=Seconds(heartbeat_s))
        self.driver = LorawanDriver("disc", options, self.network, models.model(model))
        self.said: list[Reading] = []
        self._count = 0

    def hear(self, payload: str, f_port: int = 1, f_cnt: int | None = None, at_s: float = 7.0, **more: float) -> None:
        self._count = self._count + 1 if f_cnt is None else f_cnt
        heard = UplinkFrame(EUI, f_port, self._count, bytes.fromhex(payload))
        self.driver.enqueue(structs.replace(heard, **more), at_s)

    def told(self) -> dict[str, object]:
        return {reading.quantity: reading.value for reading in self.said}

    def occupied(self) -> list[object]:
        return [reading.value for reading in self.said if reading.quantity == "occupied"]

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)

    async def attempt(self) -> DeviceError:
        """Run until the sensor is down."""
        with pytest.raises(DeviceError) as caught:
            async with asyncio.timeout(PATIENCE_S):
                await self.driver.run(self._emit)
        return caught.value

    def until_read(self, then: Callable[[], Awaitable[None]] | None = None) -> None:
        """Run until all that waits was read."""

        async def main() -> None:
            running = asyncio.create_task(self.driver.run(self._emit))
            await asyncio.sleep(0)
            if then is not None:
                await then()
            for _ in range(50):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(main())


def test_that_more_of_it_may_wait_is_told_unless_it_is_down() -> None:
    bench = Bench(heartbeat_s=0.001)

    async def main() -> None:
        for _ in range(2):
            bench.driver.backlog_pending()
            assert isinstance(await bench.attempt(), NoAnswer)

    asyncio.run(main())
    (word,) = bench.said
    assert (word.quantity, word.value, word.delay_s > 0) == ("reachable", True, True)


def test_a_frame_tells_how_it_was_heard_and_at_last_the_state() -> None:
    bench = Bench()
    bench.hear("01ff", f_port=2, at_s=12.5, rssi_dbm=-101.0, snr_db=-3.5)
    bench.until_read()
    assert [(each.quantity, each.value) for each in bench.said] == [
        ("rssi_dbm", -101.0),
        ("snr_db", -3.5),
        ("temperature_c", -1.0),
        ("occupied", True),
    ]
    assert {(each.device, each.at_s, each.quality) for each in bench.said} == {("disc", 12.5, Quality.GOOD)}


def test_a_frame_that_comes_while_it_waits() -> None:
    bench = Bench()

    async def come_and_go() -> None:
        bench.hear("01")
        await asyncio.sleep(0)
        bench.hear("00")

    bench.until_read(come_and_go)
    assert bench.occupied() == [True, False]


def test_a_frame_with_fields_that_nobody_knows_is_read_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.hear("0107")
    bench.hear("0007")
    bench.until_read()
    assert bench.occupied() == [True, False]
    assert bench.driver.dropped == {"unknown_fields": 2}
    (line,) = caplog.records
    assert "a frame on port 1 is 1 byte longer than is known" in line.getMessage()


def test_a_start_up_frame_says_why() -> None:
    bench = Bench()
    bench.hear("240300007503000000000000001d020301", f_port=3)
    bench.until_read()
    started = bench.said[0]
    assert (started.quantity, started.value, started.detail) == ("sensor_started", "system request", "firmware 0.29.2")
    assert bench.occupied() == [True]


def test_how_many_frames_were_lost_is_told_before_the_state() -> None:
    bench = Bench()
    for f_cnt in (7, 8, 12, 10, 13, 0):
        bench.hear("01", f_cnt=f_cnt)
    bench.until_read()
    assert [each.value for each in bench.said if each.quantity == "frames_lost"] == [3]
    assert [each.quantity for each in bench.said[4:7]] == ["frames_lost", "state_changed", "occupied"]


def test_a_counter_that_starts_again_is_told_and_read() -> None:
    bench = Bench()
    bench.hear("01", f_cnt=900)
    bench.hear("00", f_cnt=0)
    bench.until_read()
    (started,) = (each for each in bench.said if each.quantity == "sensor_started")
    assert started.detail == "its frame counter starts again at 0"
    assert bench.occupied() == [True, False]


def test_of_too_many_frames_that_wait_the_oldest_counts_as_lost() -> None:
    """Each connection may hand over one while the sensor is not read, as after a defect."""
    bench = Bench()
    for number in range(MOST_WAITING + 2):
        bench.hear("01" if number < MOST_WAITING else "00")
    bench.until_read()
    lost = [reading.value for reading in bench.said if reading.quantity == "frames_lost"]
    assert (lost, len(bench.occupied()), bench.occupied()[-1]) == ([2], MOST_WAITING, False)
    assert bench.driver.dropped == {"unread": 2}


def test_duplicates_and_overtaken_frames_never_overwrite_what_is_newer(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for f_cnt, payload in ((10, "00"), (12, "01"), (11, "00"), (12, "00"), (11, "00"), (11, "00")):
        bench.hear(payload, f_cnt=f_cnt)
    bench.until_read()
    assert bench.occupied() == [False, True]
    assert bench.driver.dropped == {"late": 1, "duplicate": 3}
    assert len(caplog.records) == 2, "one line for each cause"


@pytest.mark.parametrize(("f_port", "payload", "cause"), [(9, "01", "wrong_port"), (1, "", "wrong_length")])
def test_bytes_that_are_no_frame_are_counted_and_told_once_without_the_payload(
    f_port: int, payload: str, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    for _ in range(3):
        bench.hear(payload, f_port=f_port)
    bench.until_read()
    assert bench.said == []
    assert bench.driver.dropped == {cause: 3}
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING


def test_a_distance_out_of_reach_is_suspect() -> None:
    bench = Bench("milesight-em310-udl")
    bench.hear("01755c 03824408 040001", f_port=85)
    bench.hear("0382 ffff", f_port=85)
    bench.until_read()
    assert bench.told() | {"distance_mm": 2116} == {"battery_percent": 92, "tilted": True, "distance_mm": 2116}
    near, far = (each for each in bench.said if each.quantity == "distance_mm")
    assert (near.value, near.quality) == (2116, Quality.GOOD)
    assert (far.quality, far.detail) == (Quality.SUSPECT, "65535 mm is outside 30 to 4500 mm")


def test_a_temperature_that_no_sensor_has_is_suspect() -> None:
    bench = Bench("dingtek-do201")
    bench.hear("800031021706b400000161 0010fff6fff0 8b 2d000100 81", f_port=3)
    bench.until_read()
    assert bench.told()["magnetic_field"] == Field(16, -10, -16)
    (temperature,) = (each for each in bench.said if each.quantity == "temperature_c")
    assert (temperature.value, temperature.quality) == (-117.0, Quality.SUSPECT)


def test_missed_heartbeats_are_silence() -> None:
    bench = Bench(heartbeat_s=0.01)
    error = asyncio.run(bench.attempt())
    assert isinstance(error, NoAnswer)
    assert f"devEUI {EUI}" in str(error)


def test_without_its_network_a_sensor_is_down_and_with_it_no_longer() -> None:
    bench = Bench(heartbeat_s=0.01)

    async def main() -> DeviceError:
        bench.network.failure = LineError("town", "MQTT broker 127.0.0.1:1883: refused", "is it running?")
        error = await bench.attempt()
        assert bench.said == []
        bench.network.failure = None
        await bench.attempt()
        return error

    error = asyncio.run(main())
    assert str(error) == "disc: its network town is down: MQTT broker 127.0.0.1:1883: refused (is it running?)"
    assert bench.told() == {"reachable": True}


def test_a_silent_sensor_that_is_tried_again_is_still_silent() -> None:
    bench = Bench(heartbeat_s=0.01)

    async def main() -> None:
        for _ in range(2):
            assert isinstance(await bench.attempt(), NoAnswer)

    asyncio.run(main())
    assert bench.said == []


def test_a_frame_of_the_network_alone_tells_how_it_was_heard_and_nothing_else() -> None:
    bench = Bench()
    bench.hear("", f_port=0, rssi_dbm=-101.0)
    bench.until_read()
    assert bench.told() == {"rssi_dbm": -101.0} and bench.driver.dropped == {}


def test_how_long_the_state_before_lasted_is_told_with_its_error() -> None:
    bench = Bench("nwave-nps405")
    bench.hear("d1")
    bench.until_read()
    told = bench.told()
    assert (told["previous_state_duration_s"], told["previous_state_duration_error_s"]) == (9600, 240)


def test_any_quantity_of_a_profile_is_told_and_what_is_out_of_its_range_is_suspect() -> None:
    def decode(f_port: int, payload: bytes) -> Frame:
        return Frame(others={"co2_ppm": payload[0] * 100, "mode": "eco"})

    bench = Bench()
    bench.driver._model = Model("air", decode, 600.0, ranges={"co2_ppm": (300, 5000, "ppm")})
    bench.hear("04")
    bench.hear("ff")
    bench.until_read()
    air = [(each.value, each.quality, each.detail) for each in bench.said if each.quantity == "co2_ppm"]
    assert air == [
        (400, Quality.GOOD, ""),
        (25500, Quality.SUSPECT, "25500 ppm is outside 300 to 5000 ppm"),
    ]
    assert bench.told()["mode"] == "eco"


def test_what_the_network_server_has_decoded_is_told_and_status_says_so() -> None:
    def from_object(frame: Frame, given: Mapping[str, object]) -> Frame:
        return structs.replace(frame, occupied=given["parked"] == 1)

    model = Model(
        "a town's codec", lambda _, __: Frame(), 600.0, "occupied", object_paths=("parked",), from_object=from_object
    )
    network = Network("town", NetworkOptions(host="127.0.0.1"))
    driver = LorawanDriver("disc", LorawanSensor(network="town", dev_eui=EUI, model="own"), network, model)
    assert driver.figures == {"decoded_by_network_server": "parked"}
    bench = Bench()
    assert bench.driver.figures == {}
    bench.driver._model = model
    bench.driver.enqueue(UplinkFrame(EUI, 7, 1, b"?", decoded={"parked": 1}), 7.0)
    bench.until_read()
    assert bench.occupied() == [True]


RECORD = "ff00794f27ba0432008d13"
"""25.5 °C and the rest, behind the time of a stored record."""


def stored(unix_s: int) -> str:
    return "20ce" + unix_s.to_bytes(4, "little").hex() + RECORD


def test_stored_records_belong_to_their_own_time_the_oldest_first() -> None:
    bench = Bench("milesight-wts506")
    bench.hear(stored(1_692_507_109) + stored(1_692_506_509) + "0367f000", 85, at_s=5000.0, sent_s=1_692_507_709.0)
    bench.until_read()
    told = [(each.value, each.at_s, each.delay_s) for each in bench.said if each.quantity == "temperature_c"]
    assert told == [(25.5, 3800.0, 1200.0), (25.5, 4400.0, 600.0), (24.0, 5000.0, 0.0)]


@pytest.mark.parametrize(
    ("unix_s", "sent_s"),
    [
        (1_692_507_109, 1_692_507_000.0),
        (1_692_507_109, 1_692_507_109.0 + 32 * 86400),
        (0, 1_692_507_109.0),
        (1_692_507_109, None),
    ],
)
def test_a_record_of_a_time_that_cannot_be_is_a_counted_drop(unix_s: int, sent_s: float | None) -> None:
    bench = Bench("milesight-wts506")
    bench.hear(stored(unix_s), 85, **({} if sent_s is None else {"sent_s": sent_s}))
    bench.until_read()
    assert "temperature_c" not in bench.told()
    assert bench.driver.dropped == {"undated": 1}


def test_a_record_out_of_its_range_is_doubted() -> None:
    bench = Bench("milesight-wts506")
    bench.hear(stored(1_692_507_109).replace("ff00", "0f27"), 85, sent_s=1_692_507_109.0)
    bench.until_read()
    (cold,) = [each for each in bench.said if each.quantity == "temperature_c"]
    assert (cold.value, cold.quality) == (999.9, Quality.SUSPECT)
