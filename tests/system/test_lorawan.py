"""LoRaWAN sensors through a real mosquitto: messages shaped like ChirpStack's, a broker that dies, and the daemon."""

import asyncio
import base64
import gc
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from patience import PATIENCE_S, until

from agent.console import Ask, ask_daemon
from agent.supervise import Supervisor
from drivers.backoff import Backoff
from drivers.base import Reading
from drivers.lorawan import LorawanDriver, LorawanSensor, Network, NetworkOptions
from drivers.lorawan.codecs import bosch
from drivers.lorawan.uplink import MAX_BYTES
from tests.support.power_cut import cut

EUI, OTHER_EUI = "70b3d5a1c0de0001", "70b3d5a1c0de0002"
LOGIN = "listener {port} 127.0.0.1\npassword_file {passwords}\n"


def event(f_cnt: int, payload: str, f_port: int = 1, eui: str = EUI, **more: Any) -> bytes:
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    gateways = [{"gatewayId": "a", "rssi": -113, "snr": 1.5}, {"gatewayId": "b", "rssi": -48, "snr": 9}]
    told = {"deduplicationId": f"{eui}-{f_cnt}-{payload}", "deviceInfo": {"devEui": eui}, "rxInfo": gateways}
    told |= {"time": datetime.now(UTC).isoformat(), "fCnt": f_cnt, "fPort": f_port, "data": data}
    return json.dumps(told | more).encode()


class Server:
    """A network server: publishes on ChirpStack's topics."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, message: bytes, eui: str = EUI, retain: bool = False, qos: int = 1) -> None:
        topic = f"application/17c82e96/device/{eui}/event/up"
        self.publish(topic, message, qos, retain)

    def publish(self, topic: str, message: bytes, qos: int = 1, retain: bool = False) -> None:
        self._client.publish(topic, message, qos, retain).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Lot:
    """Two sensors of one network under their supervisors, and what they say."""

    def __init__(self, port: int, identifier: str | None = None, **options: Any) -> None:
        options |= {"host": "127.0.0.1", "port": port}
        self.network = Network("town", NetworkOptions(**options), identifier, unix_s=time.time)
        self.said: list[Reading] = []
        self.sensors = {
            name: LorawanDriver(
                name, LorawanSensor(network="town", dev_eui=eui, model="bosch-tps110"), self.network, bosch.MODEL
            )
            for name, eui in (("disc-1", EUI), ("disc-2", OTHER_EUI))
        }
        drivers = [self.network, *self.sensors.values()]
        self.supervisors = {each.name: Supervisor(each, self._emit, Backoff(0.01, 0.05)) for each in drivers}

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)

    def of(self, quantity: str, device: str = "disc-1") -> list[Any]:
        return [each.value for each in self.said if (each.device, each.quantity) == (device, quantity)]

    async def until(self, true: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> "Lot":
        self._running = [asyncio.create_task(each.run()) for each in self.supervisors.values()]
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._running:
            each.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_frames_become_readings_and_what_is_none_is_counted(
    start_broker: Any, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        broker = start_broker()
        server = Server(broker.port)
        server.say(event(1, "01"), retain=True)
        async with Lot(broker.port, protocol=protocol) as lot:
            await lot.until(lambda: lot.of("reachable", "town"))
            for _ in range(3):
                server.say(b"hello")
                server.say(b'{"fPort": 1}')
                server.say(event(1, "01", eui="70b3d5a1c0dead00"))
                server.say(b"{" + b" " * MAX_BYTES)
            server.say(event(10, "00"))
            server.say(event(10, "00"))
            server.say(event(12, "01"))
            server.say(event(11, "00"))
            server.say(event(13, ""))
            server.say(event(14, "01", f_port=77))
            server.say(event(0, "240300007503000000000000001d020301", f_port=3, eui=OTHER_EUI), eui=OTHER_EUI)
            await lot.until(lambda: lot.of("occupied", "disc-2"))
            assert lot.of("occupied") == [False, True]
            assert (lot.of("rssi_dbm"), lot.of("snr_db")) == ([-48, -48], [9, 9])
            assert lot.of("sensor_started", "disc-2") == ["system request"]
            assert lot.network.dropped == {
                "retained": 1,
                "not_an_uplink": 6,
                "unknown_device": 3,
                "too_large": 3,
            }
            assert lot.sensors["disc-1"].dropped == {"duplicate": 1, "late": 1, "wrong_length": 1, "wrong_port": 1}
            assert lot.supervisors["disc-1"].dropped == lot.sensors["disc-1"].dropped
        server.close()

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert len([each for each in caplog.records if "only counted" in each.message]) == 8, "one line for each cause"
    assert not [each for each in caplog.records if each.levelno > logging.WARNING]


def test_a_broker_that_dies_takes_its_sensors_down_and_brings_them_back(
    start_broker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        broker = start_broker(running=False)
        async with Lot(broker.port) as lot:
            await lot.until(lambda: all(each.down_because for each in lot.supervisors.values()))
            assert "nothing listens there (is the broker up?" in (lot.supervisors["town"].down_because or "")
            assert "its network town is down: MQTT broker" in (lot.supervisors["disc-1"].down_because or "")
            for f_cnt in (5, 6):
                broker.start()
                await lot.until(lambda: not any(each.down_because for each in lot.supervisors.values()))
                server = Server(broker.port)
                server.say(event(f_cnt, f"0{f_cnt % 2}"))
                await lot.until(lambda count=f_cnt - 4: len(lot.of("occupied")) == count)
                server.close()
                broker.kill()
                await lot.until(lambda: all(each.down_because for each in lot.supervisors.values()))
            assert lot.of("occupied") == [True, False]

    asyncio.run(main())
    gc.collect()
    assert [each.message for each in caplog.records if each.levelno > logging.WARNING] == []


def test_a_broker_that_turns_us_away(start_broker: Any, tmp_path: Any) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")

    async def main() -> str:
        async with Lot(start_broker(LOGIN.format(port="{port}", passwords=passwords)).port) as lot:
            await lot.until(lambda: lot.supervisors["disc-1"].down_because)
            return lot.supervisors["town"].down_because or ""

    assert asyncio.run(main()).endswith(
        "not authorized (0x87) (check username and password_file, here and at the broker)"
    )


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_other_sensors_of_the_network_say_is_never_sent_to_us(start_broker: Any, protocol: str) -> None:
    async def main() -> None:
        broker = start_broker()
        server = Server(broker.port)
        async with Lot(broker.port, protocol=protocol) as lot:
            await lot.until(lambda: lot.of("reachable", "town"))
            for number in range(100):
                other = f"70b3d5a1c0ff{number:04x}"
                server.say(event(1, "01", eui=other), eui=other)
            server.say(event(1, "01"))
            await lot.until(lambda: lot.of("occupied"))
            assert lot.network.dropped == {}
        server.close()

    asyncio.run(main())


def test_a_broker_that_lets_us_read_nothing() -> None:
    """mosquitto grants every subscription, so this one speaks by a script: CONNACK, SUBACK with a failure."""

    async def turn_down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(bytes.fromhex("20020000"))
        asked = await reader.read(1024)
        writer.write(b"\x90\x03" + asked[2:4] + b"\x80")
        await reader.read()
        writer.close()

    async def main() -> str:
        server = await asyncio.start_server(turn_down, "127.0.0.1", 0)
        async with Lot(server.sockets[0].getsockname()[1], protocol="3.1.1") as lot:
            await lot.until(lambda: lot.supervisors["disc-1"].down_because)
        server.close()
        return lot.supervisors["town"].down_because or ""

    assert f"does not let us subscribe to application/+/device/{EUI}/event/up" in asyncio.run(main())


ALL = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
FEW = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 5\n"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_flood_that_waited_is_taken_at_the_pace_at_which_it_is_dealt_with(start_broker: Any, protocol: str) -> None:
    async def main() -> None:
        broker = start_broker(ALL)
        server = Server(broker.port)
        async with Lot(broker.port, "lamppost.rouen.p17.lorawan.town", protocol=protocol) as lot:
            await lot.until(lambda: lot.of("reachable", "town"))
        first = datetime.now(UTC) - timedelta(hours=1)
        for f_cnt in range(1500):
            heard = (first + timedelta(seconds=2 * f_cnt)).isoformat()
            server.say(event(f_cnt, f"0{f_cnt % 2}", time=heard))
        async with Lot(broker.port, "lamppost.rouen.p18.lorawan.town", protocol=protocol) as other:
            await other.until(lambda: other.of("reachable", "town"))
        lot = Lot(broker.port, "lamppost.rouen.p17.lorawan.town", protocol=protocol)

        async def slowly(reading: Reading) -> None:
            await Lot._emit(lot, reading)
            await asyncio.sleep(0.002 if len(lot.of("occupied")) < 100 else 0.0)

        lot.supervisors["disc-1"]._emit = slowly
        async with lot:
            await lot.until(lambda: len(lot.of("occupied")) == 1500)
            assert lot.of("occupied") == [bool(f_cnt % 2) for f_cnt in range(1500)]
            assert not lot.of("frames_lost")
            assert (lot.network.dropped, lot.sensors["disc-1"].dropped) == ({}, {})
            of_other = [each for each in lot.said if each.device == "disc-2" and each.delay_s]
            assert [each.quantity for each in of_other[:1]] == ["reachable"], "frames of it may wait behind these"
        assert not other.of("occupied"), "another pole has a session of its own"
        server.close()

    asyncio.run(main())


def test_what_was_not_dealt_with_comes_again(start_broker: Any) -> None:
    """The last of the frames that were dealt with comes again at most."""

    async def main() -> None:
        broker = start_broker(FEW)
        server = Server(broker.port)
        lot = Lot(broker.port, "lamppost.rouen.p17.lorawan.town")
        hangs = asyncio.Event()

        async def emit(reading: Reading) -> None:
            if (reading.quantity, len(lot.of("occupied"))) == ("occupied", 3):
                hangs.set()
                await asyncio.Event().wait()
            await Lot._emit(lot, reading)

        for each in lot.supervisors.values():
            each._emit = emit
        async with lot:
            await lot.until(lambda: lot.of("reachable", "town"))
            for f_cnt in range(9):
                server.say(event(f_cnt, f"0{f_cnt % 2}"))
            await lot.until(hangs.is_set)
        async with Lot(broker.port, "lamppost.rouen.p17.lorawan.town") as lot:
            await lot.until(lambda: len(lot.of("occupied")) == 6)
            assert lot.of("occupied") == [bool(f_cnt % 2) for f_cnt in range(3, 9)]
        server.close()

    asyncio.run(main())


@pytest.mark.parametrize("keeps", [False, True])
def test_what_chirpstack_publishes_with_qos_0_waits_only_where_mosquitto_is_told_so(
    start_broker: Any, keeps: bool
) -> None:
    async def main() -> None:
        broker = start_broker(ALL + f"queue_qos0_messages {str(keeps).lower()}\n")
        server = Server(broker.port)
        async with Lot(broker.port, "lamppost.rouen.p17.lorawan.town") as lot:
            await lot.until(lambda: lot.of("reachable", "town"))
        server.say(event(1, "00"), qos=0)
        server.say(event(2, "01"), qos=1)
        async with Lot(broker.port, "lamppost.rouen.p17.lorawan.town") as lot:
            await lot.until(lambda: True in lot.of("occupied"))
            assert lot.of("occupied") == ([False, True] if keeps else [True])
        server.close()

    asyncio.run(main())


def test_another_box_without_tls_is_never_spoken_to() -> None:
    async def main() -> None:
        lot = Lot(1)
        lot.network = Network("town", NetworkOptions(host="chirpstack.example"))
        supervisor = Supervisor(lot.network, lot._emit, Backoff(0.01, 0.05))
        running = asyncio.create_task(supervisor.run())
        await lot.until(lambda: supervisor.down_because)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert "there is no [lorawan.town.tls]" in (supervisor.down_because or "")

    asyncio.run(main())


def test_a_password_that_others_can_read_is_not_used(start_broker: Any, tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o644)

    async def main() -> str:
        async with Lot(start_broker().port, username="pole", password_file=str(secret)) as lot:
            await lot.until(lambda: lot.supervisors["town"].down_because)
            return lot.supervisors["town"].down_because or ""

    said = asyncio.run(main())
    assert said == f"[lorawan.town] password_file {secret} can be read by others: chmod 600 {secret}"


POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
[lorawan.town]
host = "127.0.0.1"
port = {port}
[sensor.disc]
kind = "lorawan"
network = "town"
dev_eui = "70B3D5A1C0DE0001"
model = "nwave-nps405"
[bay.b1]
sensor = "disc"
"""
TAG = "1F345678"


@contextmanager
def daemon(folder: Path, port: int) -> Iterator[Callable[[], str]]:
    """`lamppost run` as a process; gives its log."""
    file, log = folder / "lamppost.toml", folder / "daemon.log"
    file.write_text(POLE.format(folder=folder, port=port))
    with log.open("ab") as errors:
        process = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", str(file)], stderr=errors)
    try:
        yield log.read_text
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, log.read_text()
    finally:
        process.kill()
        process.wait(PATIENCE_S)


def status(folder: Path) -> dict[str, Any]:
    """Empty while the daemon does not answer."""

    async def ask() -> dict[str, Any]:
        try:
            async for answer in ask_daemon(folder / "lamppost.sock", Ask("status")):
                return answer
        except OSError:
            pass
        return {}

    return asyncio.run(ask())


@pytest.mark.expects_log("WARNING disc: ")
def test_the_daemon_with_a_bay_in_the_road(start_broker: Any, city: Any, tmp_path: Path) -> None:
    broker = start_broker()
    with city(broker.port) as hears:
        server = Server(broker.port)

        def told(kind: str) -> list[dict[str, Any]]:
            return [each for each in hears.events() if each["type"] == kind]

        def device(name: str) -> dict[str, Any]:
            found: dict[str, Any] = status(tmp_path).get("devices", {}).get(name, {})
            return found

        with daemon(tmp_path, broker.port) as log:
            until(lambda: device("town").get("state") == "up")
            server.say(event(0, "0204090200", f_port=3))
            server.say(event(1, "95"))
            occupied = until(lambda: told("bay.occupied"))
            server.say(event(1, "95"))
            server.say(event(2, "d1" + TAG, f_port=10))
            server.say(event(3, "0160d800590b", f_port=2))
            server.say(event(4, "95", f_port=99))
            (low,) = until(lambda: told("sensor.battery_low"))
            until(lambda: device("disc").get("dropped") == {"duplicate": 1, "wrong_port": 1})
            assert low["subject"] == "disc"
            assert device("disc")["conditions"] == ["sensor.battery_low"]
            shown = subprocess.run(
                [sys.executable, "-m", "agent", "status", "--socket", str(tmp_path / "lamppost.sock")],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert "+ disc             up, left out: 1 duplicate, 1 wrong port, BATTERY_LOW" in shown
        with daemon(tmp_path, broker.port) as log:
            until(lambda: device("town").get("state") == "up")
            server.say(event(1, "28"))
            (freed,) = until(lambda: told("bay.freed"))
            assert freed["data"]["stay"] == occupied[0]["data"]["stay"]
            assert device("disc")["conditions"] == ["sensor.battery_low"]
        server.close()
        assert len({each["id"] for each in told("bay.occupied")}) == 1
        assert len({each["id"] for each in told("sensor.battery_low")}) == 1
        readings = {each["data"]["quantity"] for each in told("telemetry.reading")}
        assert {"rssi_dbm", "snr_db", "battery_v", "temperature_c", "sensor_started"} <= readings
        everything = json.dumps(hears.events()) + log() + (tmp_path / "lamppost.db").read_bytes().hex()
        assert TAG not in everything
        assert TAG.encode().hex() not in everything


ORDER = """category = "short_stop"
limit = "20min"
grace = "5min"
"""


class Box:
    """A daemon on a box that is killed and rebooted; what it has told is read by the city."""

    def __init__(self, folder: Path, port: int, box: Any) -> None:
        self._folder, self._box = folder, box
        self._clock, self._log = folder / "clock", folder / "daemon.log"
        self._boots, self._process = 0, None
        self.set_clock(0.0)
        (folder / "lamppost.toml").write_text(POLE.format(folder=folder, port=port) + ORDER)

    def set_clock(self, ahead_s: float) -> None:
        self.ahead_s = ahead_s
        after = self._clock.with_suffix(".new")
        after.write_text(f"{ahead_s:+.3f}\n")
        after.replace(self._clock)

    def start(self) -> None:
        command = [sys.executable, "-m", "agent", "run", "-c", str(self._folder / "lamppost.toml")]
        command = self._box(command, self._clock, self._boots)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, start_new_session=True)
        until(lambda: status(self._folder).get("devices", {}).get("town", {}).get("state") == "up")

    def kill(self) -> None:
        if self._process is not None:
            cut(self._process, self._folder / "lamppost.db")
        self._process = None
        (self._folder / "lamppost.sock").unlink(missing_ok=True)

    def reboot(self) -> None:
        self._boots += 1
        self.start()

    def now(self, earlier_s: float = 0.0) -> str:
        """Returns the time by the server's own clock."""
        return datetime.fromtimestamp(time.time() + self.ahead_s - earlier_s, UTC).isoformat()


@pytest.fixture
def pole(start_broker: Any, city: Any, tmp_path: Path, box: Any) -> Iterator[tuple[Box, Any, Any]]:
    broker = start_broker()
    here = Box(tmp_path, broker.port, box)
    with city(broker.port) as hears:
        server = Server(broker.port)
        yield here, server, hears
        here.kill()
        server.close()


def told(hears: Any, *kinds: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {each["id"]: each for each in hears.events() if each["type"] in kinds}
    return list(found.values())


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_what_came_and_went_while_the_pole_was_away_is_told_with_both_ends(
    reboots: None, pole: tuple[Box, Server, Any]
) -> None:
    """An hour without power: one vehicle leaves, another stands there for longer than it may, a third one comes."""
    box, server, hears = pole
    box.start()
    server.say(event(0, "00"))
    server.say(event(1, "01"))
    (first,) = until(lambda: told(hears, "bay.occupied"))
    box.kill()
    box.set_clock(3600.0)
    sent = [box.now(earlier_s) for earlier_s in (3000.0, 2800.0, 400.0, 300.0)]
    for f_cnt, (at, payload) in enumerate(zip(sent, ("00", "01", "50", "01"), strict=True), 2):
        server.say(event(f_cnt, payload, time=at))
    box.reboot()
    until(lambda: len(told(hears, "bay.occupied")) == 3)
    gone, stayed = until(lambda: (ends := told(hears, "bay.freed")) and len(ends) == 2 and ends)
    _, second, third = told(hears, "bay.occupied")
    assert gone["data"]["stay"] == first["data"]["stay"]
    assert stayed["data"]["stay"] == second["data"]["stay"]
    times = [gone, second, stayed, third]
    assert [moment(each["time"]) for each in times] == pytest.approx([moment(at) for at in sent], abs=2.0)
    assert stayed["data"]["duration_s"] == pytest.approx(2400.0, abs=2.0)
    assert (gone["data"]["continuity"], stayed["data"]["duration_exact"]) == ("presumed", True)
    assert told(hears, "bay.overstay") == [], "who has left is accused of nothing, nor is who came since"


@pytest.mark.may_log("WARNING disc: ")
def test_a_frame_that_is_older_than_what_is_known_changes_nothing(reboots: None, pole: tuple[Box, Server, Any]) -> None:
    box, server, hears = pole
    box.start()
    server.say(event(7, "01"))
    (came,) = until(lambda: told(hears, "bay.occupied"))
    box.kill()
    server.say(event(6, "00", time=box.now(30.0)))
    box.set_clock(600.0)
    server.say(event(8, "", time=box.now(10.0)))
    box.reboot()
    until(lambda: status_of(box).get("disc", {}).get("dropped") == {"wrong_length": 1})
    assert told(hears, "bay.freed") == []
    left = box.now()
    server.say(event(9, "00", time=left))
    (gone,) = until(lambda: told(hears, "bay.freed"))
    assert gone["data"]["stay"] == came["data"]["stay"]
    assert gone["data"]["duration_s"] == pytest.approx(moment(left) - moment(came["time"]), abs=20.0)


def test_a_clock_that_is_not_set_is_related_to_the_servers_by_a_frame_that_comes_live(
    reboots: None, pole: tuple[Box, Server, Any]
) -> None:
    box, server, hears = pole
    box.start()
    server.say(event(0, "00"))
    until(lambda: told(hears, "bay.known"))
    box.kill()
    for f_cnt, (earlier_s, payload) in enumerate(((900.0, "01"), (600.0, "00"), (480.0, "01")), 1):
        server.say(event(f_cnt, payload, time=box.now(-3600.0 + earlier_s)))
    true_s, now = 3600.0, box.now(-3600.0)
    box.set_clock(-time.time())
    box.reboot()
    time.sleep(1.5)
    assert told(hears, "bay.occupied") == [], "they are held: nothing tells how old they are"
    said_s = time.monotonic()
    server.say(event(4, "017814", f_port=2, time=now))
    (stayed,) = until(lambda: told(hears, "bay.freed"))
    assert stayed["data"]["duration_s"] == pytest.approx(300.0, abs=0.01)
    box.set_clock(true_s)
    server.say(event(5, "00", time=box.now()))
    stood_s = 480.0 + time.monotonic() - said_s
    _, last = until(lambda: (ends := told(hears, "bay.freed")) and len(ends) == 2 and ends)
    assert last["data"]["duration_s"] == pytest.approx(stood_s, abs=20.0)


def status_of(box: Box) -> dict[str, Any]:
    return status(box._folder).get("devices", {})


def of_the_things_stack(f_cnt: int, payload: str, device: str = "disc-1") -> tuple[str, bytes]:
    """Topic and message of an uplink of The Things Stack."""
    told = {
        "end_device_ids": {"device_id": device, "dev_eui": EUI.upper()},
        "uplink_message": {
            "f_port": 1,
            "f_cnt": f_cnt,
            "frm_payload": base64.b64encode(bytes.fromhex(payload)).decode(),
        },
    }
    return f"v3/parking@town/devices/{device}/up", json.dumps(told).encode()


def test_a_network_server_that_changes_its_format_is_down_until_it_can_be_read_again(start_broker: Any) -> None:
    async def main() -> None:
        broker = start_broker()
        server = Server(broker.port)
        async with Lot(broker.port, protocol="3.1.1", server="tts") as lot:
            await lot.until(lambda: lot.of("reachable", "town"))
            server.publish(*of_the_things_stack(1, "01"))
            await lot.until(lambda: lot.of("occupied") == [True])
            topic, _ = of_the_things_stack(0, "")
            for f_cnt in range(5):
                server.publish(topic, event(f_cnt, "00"))
            await lot.until(lambda: lot.of("reachable", "town")[-1] is False)
            assert 'it looks like one of ChirpStack v4: server = "chirpstack"' in str(lot.network.failure)
            await lot.until(
                lambda: lot.network._subscriptions._session is not None and lot.network._subscriptions._held
            )
            server.publish(*of_the_things_stack(9, "00"))
            await lot.until(lambda: lot.of("occupied")[-1] is False)
            assert lot.of("reachable", "town")[1:3] == [False, True]
            assert lot.network.dropped == {"not_an_uplink": 5}
        server.close()

    asyncio.run(main())
