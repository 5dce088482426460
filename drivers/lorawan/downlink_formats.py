"""What is sent down to a device through a network server, and what becomes of it (pure).

ChirpStack v4, MQTT integration: command "down", events "txack" and "ack" (integration.proto: DownlinkCommand,
TxAckEvent, AckEvent), in JSON. The Things Stack v3, MQTT server: "down/replace", "down/sent", "down/ack", "down/nack"
and "down/failed" (data formats, downlink messages); its broker knows QoS 0 alone.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from drivers.lorawan.servers import ServerName

APPLICATION = "{application}"

T = TypeVar("T")

MOST_BYTES = 16 * 1024
"""The largest message that tells what became of a downlink."""


class Downlink(Struct, frozen=True):
    """One frame for one device.

    Args:
        id: ours, a UUID.
        dev_eui: 16 hexadecimal digits, small letters.
    """

    id: str
    dev_eui: str
    f_port: int
    payload: bytes


class Fate(Struct, frozen=True):
    """What became of a downlink.

    Args:
        id: of it.
        what: a gateway has sent it; the device has confirmed it, or not in time; the server could not send it.
        why: in the server's words.
    """

    id: str
    what: Literal["sent", "confirmed", "unconfirmed", "failed"]
    why: str = ""


class DownlinkFormat(Struct, frozen=True):
    """How one network server takes downlinks.

    Args:
        topic: on which it takes them.
        fates: topics on which it tells what became of them.
        message: of a downlink.
        read: of a message on one of these topics; None: of nobody's downlink.
        qos: of what it is sent.
    """

    topic: str
    fates: Sequence[str]
    message: Callable[[Downlink], bytes]
    read: Callable[[str, bytes], Fate | None]
    qos: int = 1


class _ChirpStackFate(Struct):
    id: str = field(name="queueItemId", default="")
    acknowledged: bool = False


def _to_chirpstack(downlink: Downlink) -> bytes:
    return msgspec.json.encode({
        "id": downlink.id,
        "devEui": downlink.dev_eui,
        "confirmed": True,
        "fPort": downlink.f_port,
        "data": base64.b64encode(downlink.payload).decode(),
    })  # fmt: skip


def _of_chirpstack(topic: str, payload: bytes) -> Fate | None:
    """A field that holds its default is left out: "acknowledged" of what was not."""
    told = _decoded(payload, _ChirpStackFate)
    if told is None or not told.id:
        return None
    if topic.endswith("/txack"):
        return Fate(told.id, "sent")
    return Fate(told.id, "confirmed" if told.acknowledged else "unconfirmed")


class _ThingsDownlink(Struct):
    ids: tuple[str, ...] = field(name="correlation_ids", default=())


class _ThingsError(Struct):
    message: str = field(name="message_format", default="")


class _ThingsFailure(Struct):
    downlink: _ThingsDownlink = field(default_factory=_ThingsDownlink)
    error: _ThingsError = field(default_factory=_ThingsError)


class _ThingsFate(Struct):
    ids: tuple[str, ...] = field(name="correlation_ids", default=())
    sent: _ThingsDownlink | None = field(name="downlink_sent", default=None)
    confirmed: _ThingsDownlink | None = field(name="downlink_ack", default=None)
    unconfirmed: _ThingsDownlink | None = field(name="downlink_nack", default=None)
    failed: _ThingsFailure | None = field(name="downlink_failed", default=None)


PREFIX = "lamppost:"
"""What tells our correlation identifier from the server's own."""


def _to_things_stack(downlink: Downlink) -> bytes:
    """It takes the place of what waits for the device: an old level is not sent after a new one."""
    return msgspec.json.encode({
        "downlinks": [{
            "f_port": downlink.f_port,
            "frm_payload": base64.b64encode(downlink.payload).decode(),
            "confirmed": True,
            "priority": "NORMAL",
            "correlation_ids": [PREFIX + downlink.id],
        }],
    })  # fmt: skip


def _of_things_stack(topic: str, payload: bytes) -> Fate | None:
    told = _decoded(payload, _ThingsFate)
    if told is None:
        return None
    if told.failed is not None:
        id = _own(told.ids, told.failed.downlink)
        return Fate(id, "failed", told.failed.error.message) if id else None
    for what, downlink in (("sent", told.sent), ("confirmed", told.confirmed), ("unconfirmed", told.unconfirmed)):
        if downlink is not None and (id := _own(told.ids, downlink)):
            return Fate(id, what)  # type: ignore[arg-type]
    return None


def _own(ids: Sequence[str], downlink: _ThingsDownlink) -> str:
    """The identifier that we had given it; "": it is not ours."""
    return next((each.removeprefix(PREFIX) for each in (*ids, *downlink.ids) if each.startswith(PREFIX)), "")


def _decoded(payload: bytes, kind: type[T]) -> T | None:
    if len(payload) > MOST_BYTES:
        return None
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError:
        return None


_CHIRPSTACK = "application/{application}/device/{dev_eui}/"
_THINGS = "v3/{application}/devices/{device_id}/down/"

DOWNLINKS: Mapping[ServerName, DownlinkFormat] = {
    "chirpstack": DownlinkFormat(
        _CHIRPSTACK + "command/down",
        (_CHIRPSTACK + "event/txack", _CHIRPSTACK + "event/ack"),
        _to_chirpstack,
        _of_chirpstack,
    ),
    "tts": DownlinkFormat(
        _THINGS + "replace",
        tuple(_THINGS + each for each in ("sent", "ack", "nack", "failed")),
        _to_things_stack,
        _of_things_stack,
        qos=0,
    ),
}
"""Network servers of which it is known how they take downlinks."""
