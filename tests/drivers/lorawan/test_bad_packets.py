"""A broker of a LoRaWAN network that sends what is no MQTT: the network is down, says why, and comes back."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.supervise import Supervisor
from drivers.backoff import Backoff
from drivers.base import Reading
from drivers.errors import LineError
from drivers.lorawan import LorawanDriver, LorawanSensor, Network, NetworkOptions
from drivers.lorawan.codecs import bosch
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.session import MANY

Make = Callable[..., Any]
EUI = "70b3d5a1c0de0001"


def _publish(f_cnt: int, v5: bool) -> bytes:
    told = {"deviceInfo": {"devEui": EUI}, "fCnt": f_cnt, "fPort": 1, "data": base64.b64encode(b"\1").decode()}
    topic = f"application/a/device/{EUI}/event/up".encode()
    body = len(topic).to_bytes(2, "big") + topic + f_cnt.to_bytes(2, "big") + (b"\0" if v5 else b"")
    body += json.dumps(told).encode()
    return bytes((0x32, len(body) & 0x7F | 0x80, len(body) >> 7)) + body


class Street:
    """One network with one sensor; pauses between connections take no time, and are kept."""

    def __init__(self, port: int, protocol: str) -> None:
        options = NetworkOptions(host="127.0.0.1", port=port, protocol=protocol)
        backoff = broker_backoff(draw=lambda: 1.0)
        self.network = Network("town", options, "lamppost.town.p1.lorawan.town", sound_s=0.3, backoff=backoff)
        sensor = LorawanSensor(network="town", dev_eui=EUI, model="bosch-tps110")
        self.sensor = LorawanDriver("disc", sensor, self.network, bosch.MODEL)
        self.reasons: list[str | None] = []
        self.pauses: list[float] = []
        self.said: list[Reading] = []
        self.supervisor = Supervisor(self.network, self._emit, sleep=self._pause)

    @property
    def reachable(self) -> list[Any]:
        """What was said of the network."""
        return [each.value for each in self.said if (each.device, each.quantity) == ("town", "reachable")]

    async def _emit(self, reading: Reading) -> None:
        self.said.append(reading)

    async def _pause(self, pause_s: float) -> None:
        self.reasons.append(self.supervisor.down_because)
        self.pauses.append(pause_s)
        await asyncio.sleep(0)

    async def __aenter__(self) -> "Street":
        listening = Supervisor(self.sensor, self._emit, Backoff(0.0, 0.0))
        self._running = [asyncio.create_task(each.run()) for each in (self.supervisor, listening)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._running:
            each.cancel()
        await asyncio.wait(self._running)

    async def until(self, true: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.002)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_bad_packet_ends_its_connection_alone(protocol: str, raw_broker: Make, misdeeds: Make) -> None:
    bad = [each for each in misdeeds(protocol) if each.when != "PUBACK"]
    failures: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        async with raw_broker(protocol, bad) as broker, Street(broker.port, protocol) as street:
            await street.until(lambda: len(broker.said) > len(names) and street.supervisor.down_because is None)
            wrong = {
                name: reason
                for name, reason in zip(names, street.reasons, strict=True)
                if "is it a broker that listens there, and which one?" not in (reason or "")
            }
            assert wrong == {}
            assert street.network.dropped == {"bad_packet": len(names)}
            assert street.reachable.count(False) == 1, "it does not come and go with each attempt"
            assert street.pauses[:7] == [1, 2, 4, 8, 16, 32, 60] and set(street.pauses[6:]) == {60}

    names = [each.name for each in bad]
    asyncio.run(main())
    assert failures == []


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_frames_before_a_bad_packet_are_told_also_where_reading_was_held_back(
    protocol: str, raw_broker: Make, misdeed: Make
) -> None:
    """More come in one piece than are taken at once: reading pauses, goes on, and meets what is no packet."""
    count = MANY + 10
    frames = b"".join(_publish(n, protocol == "5") for n in range(1, count + 1))
    bad = [misdeed("a flood", "later", frames + b"\x36\x02\0\0")]

    async def main() -> None:
        async with raw_broker(protocol, bad) as broker, Street(broker.port, protocol) as street:
            await street.until(lambda: len(broker.said) > 1 and street.supervisor.down_because is None)
            assert len([each for each in street.said if each.quantity == "occupied"]) == count
            assert street.network.dropped == {"bad_packet": 1}
            assert "PUBLISH with QoS 3" in (street.reasons[0] or "")

    asyncio.run(main())


def test_a_connection_that_ends_before_its_answer_is_not_waited_for(raw_broker: Make, misdeed: Make) -> None:
    async def main() -> None:
        ends = [misdeed("closes", when, b"", ends=True) for when in ("CONNACK", "SUBACK", "later")]
        async with raw_broker("5", ends) as broker:
            network = Network("town", NetworkOptions(host="127.0.0.1", port=broker.port))
            sensor = LorawanSensor(network="town", dev_eui=EUI, model="bosch-tps110")
            LorawanDriver("disc", sensor, network, bosch.MODEL)
            for _ in ends:
                async with asyncio.timeout(PATIENCE_S):
                    with pytest.raises(LineError, match="the broker or the network ended the connection"):
                        await network.run(_ignore)

    asyncio.run(main())


async def _ignore(_: Reading) -> None: ...
