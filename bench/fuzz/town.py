"""What a town brings along: messages of its network server, profiles of its sensors, calendars of its schools."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz.broken import Finding, judge_values, judge_words
from msgspec import structs

from agent.calendars.ics import date_ranges
from drivers.lorawan import models
from drivers.lorawan.codecs.frame import BadFrame, Model
from drivers.lorawan.servers import SERVERS, likely
from drivers.lorawan.uplink import EUI_BYTES, MAX_PAYLOAD_BYTES, NotAnUplink, UplinkFrame
from drivers.mistakes import ProfileError

PATHS = ("parking.occupied", "distance", "list.0.level", "occupied")
"""What a profile may want of a server's own decoding."""

OWN_PROFILE = """\
description = "what a town's own codec says"
reports = "1h"
[[value]]
quantity = "occupied"
object = "parking.occupied"
yes = [true, 1, "OCCUPIED"]
[[value]]
quantity = "battery_v"
unit = "V"
object = "list.0.level"
scale = 0.001
[[value]]
quantity = "distance_mm"
unit = "mm"
object = "distance"
scale = 10.0
[[vector]]
object = { parking = { occupied = true }, list = [{ level = 3600 }] }
says = { occupied = true, battery_v = 3.6 }
"""
PAYLOADS = (b"", b"\0", b"\1\xff", bytes(range(32)), b"\xff" * 242)


def servers() -> Callable[[bytes], None]:
    """The first byte of an input says which server the rest comes from."""
    reads = [each.read for each in SERVERS.values()]
    model = _Written("town").read(OWN_PROFILE.encode())

    def one(data: bytes) -> None:
        message = data[1:]
        likely(message)
        try:
            heard = reads[(data[0] if data else 0) % len(reads)](message, lambda eui: PATHS)
        except NotAnUplink as error:
            judge_words(str(error))
            return
        if heard is not None:
            _judge_frame(heard)
            _judge_decoded(model, heard)

    return one


def _judge_frame(heard: UplinkFrame) -> None:
    """Raises Finding for what no frame has."""
    judge_values((heard.sent_s, heard.rssi_dbm, heard.snr_db))
    if len(bytes.fromhex(heard.dev_eui)) != EUI_BYTES or len(heard.payload) > MAX_PAYLOAD_BYTES:
        raise Finding(f"a frame of {heard.dev_eui!r} with {len(heard.payload)} bytes")
    if not (0 <= heard.f_port <= 255 and 0 <= heard.f_cnt < 1 << 32 and len(heard.session) <= 64 >= len(heard.key)):
        raise Finding(f"a frame that no server sends: {heard}")


def _judge_decoded(model: Model, heard: UplinkFrame) -> None:
    assert model.from_object is not None
    try:
        found = model.from_object(model.decode(heard.f_port or 1, heard.payload), heard.decoded)
    except BadFrame as error:
        judge_words(str(error))
        return
    judge_values((*structs.astuple(found), *found.others.values()))


class _Written:
    """A profile of the technician's own, as a file."""

    def __init__(self, name: str) -> None:
        self._name, self._folder = name, Path(tempfile.mkdtemp(dir="/dev/shm"))
        (self._folder / "lorawan").mkdir()

    def read(self, content: bytes) -> Model:
        """Raises ProfileError."""
        (self._folder / "lorawan" / f"{self._name}.toml").write_bytes(content)
        return models.model(self._name, self._folder)


def profile() -> Callable[[bytes], None]:
    """A profile of a sensor, and what it makes of some frames."""
    own = _Written("own")

    def one(data: bytes) -> None:
        try:
            model = own.read(data)
        except ProfileError as error:
            judge_words(str(error))
            return
        for payload in PAYLOADS:
            try:
                found = model.decode(1, payload)
            except BadFrame as error:
                judge_words(str(error))
                continue
            judge_values((*structs.astuple(found), *found.others.values()))

    return one


def calendar() -> Callable[[bytes], None]:
    """A file of school holidays."""

    def one(data: bytes) -> None:
        try:
            found = date_ranges(data, "Europe/Paris", "vacances" if data[-1:] == b"\n" else "")
        except ValueError as error:
            judge_words(str(error))
            return
        if any(each.begin > each.end for each in found):
            raise Finding("holidays that end before they begin")

    return one
