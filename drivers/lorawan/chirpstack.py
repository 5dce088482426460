"""ChirpStack's uplink events, without I/O: JSON in, values out.

ChirpStack v4, MQTT integration, event "up" (integration.proto, UplinkEvent) in the JSON mapping of Protocol Buffers 3:
bytes are base64, and a field that holds its default (a counter at 0, an empty payload) may be left out.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from drivers.printable import printable
from drivers.translation import _

MAX_BYTES = 64 * 1024
"""An event is some 2 KB, and 0.5 KB more for each gateway that heard the frame."""

MAX_PAYLOAD_BYTES = 256
"""LoRaWAN regional parameters RP002-1.0.4: 242 at most."""

EUI_BYTES = 8


class NotAnUplink(ValueError):
    """A message that is no uplink event of ChirpStack. What cannot be printed in `why` is escaped."""

    def __init__(self, why: str) -> None:
        super().__init__(printable(why))


class UplinkFrame(Struct, frozen=True):
    """One frame of one device, as the network server tells it.

    Args:
        dev_eui: 16 hexadecimal digits, small letters.
        session: DevAddr, which a device gets anew when it joins; "": not told.
        sent_s: Unix seconds at which it was received, by the server's clock if it tells that, else by what it calls the
            time of the event, which is the clock of a gateway where one has told it; None: not told.
        key: the server's own of this event; "": not told.
        rssi_dbm, snr_db: at the gateway that heard it best; None: not told.
    """

    dev_eui: str
    f_port: int
    f_cnt: int
    payload: bytes
    session: str = ""
    sent_s: float | None = None
    key: str = ""
    rssi_dbm: float | None = None
    snr_db: float | None = None


class _Device(Struct):
    eui: str = field(name="devEui")


Decibels = Annotated[float, Meta(ge=-1000, le=1000)]
"""A level or ratio in dB; no radio comes near either bound."""


class _Gateway(Struct):
    rssi: Decibels | None = None
    snr: Decibels | None = None
    old_snr: Decibels | None = field(name="loRaSNR", default=None)
    ns_time: str | None = field(name="nsTime", default=None)


_Label = Annotated[str, Meta(max_length=64)]
"""What is kept of a frame until it is told: DevAddr has 8 characters, a UUID 36."""


class _Event(Struct, rename="camel"):
    f_port: Annotated[int, Meta(ge=1, le=255)]
    f_cnt: Annotated[int, Meta(ge=0, lt=1 << 32)] = 0
    data: str = ""
    device_info: _Device | None = None
    dev_eui: str | None = None
    old_dev_eui: str | None = field(name="devEUI", default=None)
    dev_addr: _Label = ""
    time: str | None = None
    deduplication_id: _Label = ""
    rx_info: list[_Gateway] = []


_DECODER = msgspec.json.Decoder(_Event)


def uplink(message: bytes) -> UplinkFrame:
    """Raises NotAnUplink."""
    try:
        event = _DECODER.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnUplink(str(error)) from None
    best = _best(event.rx_info)
    return UplinkFrame(
        dev_eui=_eui(event),
        f_port=event.f_port,
        f_cnt=event.f_cnt,
        payload=_bytes(event.data),
        session=event.dev_addr,
        sent_s=next(filter(None, map(_unix_s, (*(each.ns_time for each in event.rx_info), event.time))), None),
        key=event.deduplication_id,
        rssi_dbm=best.rssi,
        snr_db=best.snr if best.snr is not None else best.old_snr,
    )


def _best(gateways: Sequence[_Gateway]) -> _Gateway:
    return max(gateways, key=lambda each: float("-inf") if each.rssi is None else each.rssi, default=_Gateway())


def _eui(event: _Event) -> str:
    """Returns the devEUI in lower-case hexadecimal: of deviceInfo, as version 4 has it, or beside it; the message
    gives it in hexadecimal, or in base64 as other dialects do. Raises NotAnUplink."""
    given = event.device_info.eui if event.device_info else event.dev_eui or event.old_dev_eui or ""
    try:
        raw = bytes.fromhex(given.replace("-", "").replace(":", ""))
    except ValueError:
        raw = _bytes(given)
    if len(raw) != EUI_BYTES:
        raise NotAnUplink(_("it names no devEUI"))
    return raw.hex()


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotAnUplink(_("what should be base64 is not")) from None
    if len(raw) > MAX_PAYLOAD_BYTES:
        raise NotAnUplink(_("a payload of {count} bytes, which no LoRaWAN frame holds").format(count=len(raw)))
    return raw


def _unix_s(text: str | None) -> float | None:
    """A time that cannot be read is not told."""
    try:
        moment = msgspec.convert(text, datetime) if text else None
    except msgspec.ValidationError:
        return None
    return moment.timestamp() if moment and moment.tzinfo else None
