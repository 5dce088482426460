"""The network server and its MQTT broker, on a box of their own: what they keep for a pole that is down."""

import base64
import os
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
from bay_pole import HeardFrame

from drivers.lorawan.replay import PAUSE_S, Backlog, ReceivedFrame
from drivers.lorawan.servers.chirpstack import uplink
from month.faults import Boot
from month.sensors import Told
from month.truth import BEGIN_S, DAY_S

CONNECTS_S, APART_S = 1.0, 0.005
"""Times, s, until the daemon is connected after its start, and between two of the frames that it then gets."""

KEEPS_S = 7 * DAY_S
"""The time for which the broker keeps frames: the default of [lorawan]."""

Waited = tuple[ReceivedFrame, HeardFrame]


class Queue(Protocol):
    """Frames of one bay that are not acknowledged, the next one first."""

    bay: int
    next: Told | None

    def advance(self) -> None: ...


class Acknowledged:
    """The times until which the frames of each bay are acknowledged, in a file: no kill changes what the broker knows.

    Args:
        file: eight bytes for each bay, seconds since the month began.
    """

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT)

    def until_s(self, bay: int) -> float:
        found = os.pread(self._file, 8, 8 * bay)
        return struct.unpack("d", found)[0] if any(found) else -1.0

    def add(self, bay: int, told: Told) -> None:
        os.pwrite(self._file, struct.pack("d", told.at_s), 8 * bay)


def event(bay: int, told: HeardFrame) -> bytes:
    """ChirpStack's, of one gateway, which told the time as well."""
    event = {
        "deduplicationId": f"{told.key:032x}",
        "time": datetime.fromtimestamp(BEGIN_S + told.heard_s, UTC).isoformat(),
        "deviceInfo": {"devEui": f"{bay:016x}"},
        "devAddr": f"{told.session:08x}",
        "fCnt": told.f_cnt,
        "fPort": told.f_port,
        "data": base64.b64encode(told.payload).decode(),
        "rxInfo": [{"rssi": -90 - told.key % 5, "snr": 7.5}],
    }
    return msgspec.json.encode(event)


def catch_up(queues: Sequence[Queue], boot: Boot, begin_s: float) -> tuple[dict[int, list[Waited]], float]:
    """Returns the frames that waited, by bay, dated as the driver does, and when that could be done.

    Where our own clock does not serve, with the first frame that comes live: with sensors enough there is one before
    the driver waits no longer.
    """
    connected_s = begin_s + CONNECTS_S
    backlog = Backlog(KEEPS_S)
    backlog.connected(connected_s - boot.began_s, resumed=True)
    coming = sorted((each for queue in queues for each in _until(queue, connected_s)), key=lambda each: each[0].at_s)
    order: list[tuple[HeardFrame, int]] = []
    ready: list[ReceivedFrame] = []
    at_s = connected_s
    for told, bay in coming:
        at_s += APART_S
        order.append((told, bay))
        ready += _came(backlog, told, bay, boot, at_s)
    while backlog.holds:
        queue = min((each for each in queues if isinstance(each.next, HeardFrame)), key=_next_s)
        told = queue.next
        assert isinstance(told, HeardFrame)
        queue.advance()
        at_s = max(at_s + PAUSE_S, told.at_s)
        order.append((told, queue.bay))
        ready += _came(backlog, told, queue.bay, boot, at_s)
    waited: dict[int, list[Waited]] = {}
    for came, (told, bay) in zip(ready, order, strict=True):
        waited.setdefault(bay, []).append((came, told))
    return waited, at_s


def _until(queue: Queue, end_s: float) -> Iterator[tuple[HeardFrame, int]]:
    while isinstance(queue.next, HeardFrame) and queue.next.at_s < end_s:
        yield queue.next, queue.bay
        queue.advance()


def _next_s(queue: Queue) -> float:
    return queue.next.at_s if queue.next else float("inf")


def _came(backlog: Backlog, told: HeardFrame, bay: int, boot: Boot, at_s: float) -> list[ReceivedFrame]:
    unix_s = boot.unix_s(at_s) if at_s >= boot.set_s else None
    return backlog.came(uplink(event(bay, told)), at_s - boot.began_s, unix_s)
