"""LORIOT, "Uplink Data Message" and "Gateway Information", without I/O.

The same frame comes twice: as "rx" at once, and as "gw" with all gateways that heard it.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from drivers.lorawan.servers.json_message import decoded
from drivers.lorawan.uplink import (
    Decibels,
    FCnt,
    FPort,
    Gateway,
    PathsOf,
    UplinkFrame,
    best,
    eui_of,
    no_object,
    of_hex,
    refuse_encrypted,
)

FRAMES = ("rx", "gw")


class _Event(Struct):
    cmd: str
    eui: str = field(name="EUI", default="")
    port: FPort = 0
    fcnt: FCnt = 0
    ts: Annotated[int, Meta(ge=0, le=1 << 46)] | None = None
    data: str | None = None
    encdata: str | None = None
    rssi: Decibels | None = None
    snr: Decibels | None = None
    gws: list[Gateway] = []


_DECODER = msgspec.json.Decoder(_Event)


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame | None:
    """Returns None for what is told of a device that is no frame of it. Raises NotAnUplink."""
    event = decoded(_DECODER, message)
    if event.cmd not in FRAMES:
        return None
    refuse_encrypted(bool(event.encdata) and event.data is None)
    nearest = best([Gateway(event.rssi, event.snr), *event.gws])
    return UplinkFrame(
        dev_eui=eui_of(event.eui),
        f_port=event.port,
        f_cnt=event.fcnt,
        payload=of_hex(event.data or ""),
        sent_s=None if event.ts is None else event.ts / 1000,
        rssi_dbm=nearest.rssi,
        snr_db=nearest.snr,
    )
