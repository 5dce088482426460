"""LoRaWAN sensors in the road and above it, gateways that hear them, and a network server that tells its broker.

The messages are ChirpStack v4's events "up"; the payloads are those of a Bosch TPS110 and of a Milesight EM310-UDL.
Some come twice, as by two paths, and a neighbour's device is heard too.
"""

import asyncio
import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol
from uuid import UUID

import aiomqtt
import msgspec

from agent.simulate.bays import ROAD_MM, ROOF_MM, Bay

LOOK_S = 0.1
HEARTBEAT_S = 8.0
REPORT_S = 1.0
TWICE = 0.15
"""Share of messages that come twice."""

NEIGHBOUR_EUI, NEIGHBOUR_S = "a81758fffe05f0aa", 7.0
APPLICATION = "17c82e96-be03-4f38-aef3-f83d48582d97"

Payload = tuple[int, bytes]
"""Port and bytes of a frame."""


class Node(Protocol):
    """A sensor."""

    eui: str

    def frames(self, at_s: float) -> Iterator[Payload]:
        """What it sends now."""
        ...


class Tps110:
    """Bosch TPS110: a start-up frame, each change on port 1, a heartbeat with its temperature on port 2."""

    def __init__(self, eui: str, bay: Bay) -> None:
        self.eui, self._bay = eui, bay
        self._occupied: bool | None = None
        self._beat_s = HEARTBEAT_S

    def frames(self, at_s: float) -> Iterator[Payload]:
        before, self._occupied = self._occupied, occupied(self._bay, at_s)
        if before is None:
            yield 3, bytes(12) + bytes((0, 29, 2, 2, self._occupied))
        elif before != self._occupied:
            yield 1, bytes((self._occupied,))
        elif at_s >= self._beat_s:
            self._beat_s = at_s + HEARTBEAT_S
            yield 2, bytes((self._occupied, 19))


class Em310Udl:
    """Milesight EM310-UDL: its distance and its battery from time to time. The battery is nearly empty."""

    def __init__(self, eui: str, bay: Bay) -> None:
        self.eui, self._bay = eui, bay
        self._due_s = 0.0

    def frames(self, at_s: float) -> Iterator[Payload]:
        if at_s >= self._due_s:
            self._due_s = at_s + REPORT_S
            battery_percent = max(5, 18 - int(at_s / 8))
            distance = round(self._bay.distance_mm(at_s)).to_bytes(2, "little")
            yield 85, b"\x01\x75" + bytes((battery_percent,)) + b"\x03\x82" + distance + b"\x04\x00\x00"


def occupied(bay: Bay, at_s: float) -> bool:
    """Whether a car stands there, to one who sees it well."""
    return bay.distance_mm(at_s) < (ROAD_MM + ROOF_MM) / 2


def event(eui: str, f_cnt: int, payload: Payload, random: Random, now: datetime) -> bytes:
    """An event "up" of ChirpStack v4, as two gateways have heard the frame."""
    f_port, data = payload
    gateways: list[dict[str, Any]] = [
        {"gatewayId": f"0016c001f153a14{n}", "uplinkId": random.getrandbits(32), "rssi": rssi, "snr": snr}
        for n, rssi, snr in ((0, random.randint(-118, -105), 1.5), (1, random.randint(-72, -61), 9.25))
    ]
    return msgspec.json.encode(
        {
            "deduplicationId": str(UUID(int=random.getrandbits(128), version=4)),
            "time": now.isoformat(),
            "deviceInfo": {"applicationId": APPLICATION, "applicationName": "parking", "devEui": eui, "tags": {}},
            "devAddr": eui[-8:],
            "adr": True,
            "dr": 5,
            "fCnt": f_cnt,
            "fPort": f_port,
            "confirmed": False,
            "data": base64.b64encode(data).decode(),
            "rxInfo": gateways,
            "txInfo": {"frequency": 868100000},
        }
    )


def nodes(places: Mapping[str, Bay]) -> dict[str, Node]:
    """The sensors of the demonstration, by bay."""
    return {
        "bay-3": Tps110("70b3d5a1c0de0003", places["bay-3"]),
        "bay-4": Em310Udl("70b3d5a1c0de0004", places["bay-4"]),
    }


def server(broker_port: int) -> aiomqtt.Client:
    """The network server's own session, to be entered before it plays."""
    return aiomqtt.Client("127.0.0.1", broker_port, identifier="chirpstack", protocol=aiomqtt.ProtocolVersion.V311)


async def play(sensors: Sequence[Node], client: aiomqtt.Client, seed: int) -> None:
    """Let the sensors speak until cancelled; the street begins now. Raises aiomqtt.MqttError when the broker goes."""
    random, counts = Random(f"{seed} radio"), dict.fromkeys((each.eui for each in sensors), 0)
    began_s, neighbour_s = time.monotonic(), 0.0

    async def publish(eui: str, f_cnt: int, payload: Payload) -> None:
        message = event(eui, f_cnt, payload, random, datetime.now(UTC))
        for _each in range(1 + (random.random() < TWICE)):
            await client.publish(f"application/{APPLICATION}/device/{eui}/event/up", message)

    while True:
        at_s = time.monotonic() - began_s
        for sensor in sensors:
            for payload in sensor.frames(at_s):
                await publish(sensor.eui, counts[sensor.eui], payload)
                counts[sensor.eui] += 1
        if at_s >= neighbour_s:
            neighbour_s = at_s + NEIGHBOUR_S
            await publish(NEIGHBOUR_EUI, int(at_s), (2, b"\x00\x17"))
        await asyncio.sleep(LOOK_S)
