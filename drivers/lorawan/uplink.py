"""One frame of one device, as a network server tells it: what every server's message is read into (pure)."""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from drivers.printable import printable
from drivers.translation import _

MAX_BYTES = 64 * 1024
"""The largest message: one is some 2 KB, and 0.5 KB more for each gateway that heard the frame."""

MAX_PAYLOAD_BYTES = 256
"""LoRaWAN regional parameters RP002-1.0.4: 242 at most."""

EUI_BYTES = 8

PathsOf = Callable[[str], Collection[str]]
"""What is wanted of the server's own decoding of a device, by its devEUI: most often nothing."""


class NotAnUplink(ValueError):
    """A message that is no uplink of its network server. What cannot be printed in `why` is escaped."""

    def __init__(self, why: str) -> None:
        super().__init__(printable(why))


class UplinkFrame(Struct, frozen=True):
    """One frame of one device, as the network server tells it.

    Args:
        dev_eui: 16 hexadecimal digits, small letters.
        f_port: 0: it carries nothing of the sensor, as of the network alone.
        session: DevAddr, which a device gets anew when it joins; "": not told.
        sent_s: Unix seconds at which it was received, by the server's clock if it tells that, else by what it calls the
            time of the event, which is the clock of a gateway where one has told it; None: not told.
        key: the server's own of this event; "": not told.
        rssi_dbm, snr_db: at the gateway that heard it best; None: not told.
        decoded: what was wanted of the server's own decoding, by path.
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
    decoded: Mapping[str, object] = {}


Decibels = Annotated[float, Meta(ge=-1000, le=1000)]
"""A level or ratio in dB; no radio comes near either bound."""

Label = Annotated[str, Meta(max_length=64)]
"""What is kept of a frame until it is told: DevAddr has 8 characters, a UUID 36."""

FPort = Annotated[int, Meta(ge=0, le=255)]
FCnt = Annotated[int, Meta(ge=0, lt=1 << 32)]


class Gateway(Struct):
    """How one gateway heard a frame."""

    rssi: Decibels | None = None
    snr: Decibels | None = None


def best(gateways: Sequence[Gateway]) -> Gateway:
    return max(gateways, key=lambda each: float("-inf") if each.rssi is None else each.rssi, default=Gateway())


def no_object(eui: str) -> Collection[str]:
    """Wants nothing of the server's own decoding."""
    return ()


def eui_of(given: str) -> str:
    """A devEUI in lower-case hexadecimal, which a message gives in hexadecimal, or in base64. Raises NotAnUplink."""
    try:
        raw = bytes.fromhex(given.replace("-", "").replace(":", ""))
    except ValueError:
        raw = of_base64(given)
    if len(raw) != EUI_BYTES:
        raise NotAnUplink(_("it names no devEUI"))
    return raw.hex()


def of_base64(text: str) -> bytes:
    """Raises NotAnUplink."""
    try:
        return of_payload(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        if isinstance(error, NotAnUplink):
            raise
        raise NotAnUplink(_("what should be base64 is not")) from None


def of_hex(text: str) -> bytes:
    """Raises NotAnUplink."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raise NotAnUplink(_("what should be hexadecimal is not")) from None
    return of_payload(raw)


def of_payload(raw: bytes) -> bytes:
    """Raises NotAnUplink."""
    if len(raw) > MAX_PAYLOAD_BYTES:
        raise NotAnUplink(_("a payload of {count} bytes, which no LoRaWAN frame holds").format(count=len(raw)))
    return raw


def unix_s(text: str | None) -> float | None:
    """A time that cannot be read is not told."""
    try:
        moment = msgspec.convert(text, datetime) if text else None
    except msgspec.ValidationError:
        return None
    return moment.timestamp() if moment and moment.tzinfo else None


def refuse_encrypted(is_encrypted: bool) -> None:
    """Raises NotAnUplink."""
    if is_encrypted:
        raise NotAnUplink(_("its payload is encrypted: the network server has not been given the device's AppSKey"))
