"""ChirpStack v3, both of its JSON marshalers, without I/O ("json_v3", its default, and "json").

The second gives the bytes of a devEUI and of a DevAddr in base64, and what the codec has decoded as a text. The server
tells its own time (publishedAt) in newer versions alone; a gateway's is none to relate to another clock.
"""

import msgspec
from msgspec import Raw, Struct, field

from drivers.lorawan.objects import picked
from drivers.lorawan.servers.json_message import decoded
from drivers.lorawan.uplink import (
    Decibels,
    FCnt,
    FPort,
    Gateway,
    Label,
    PathsOf,
    UplinkFrame,
    best,
    eui_of,
    no_object,
    of_base64,
    unix_s,
)


class _Heard(Struct):
    rssi: Decibels | None = None
    snr: Decibels | None = field(name="loRaSNR", default=None)


class _Event(Struct, rename="camel"):
    dev_eui: str = field(name="devEUI")
    f_port: FPort = 0
    f_cnt: FCnt = 0
    data: str | None = None
    dev_addr: Label = ""
    published_at: str | None = None
    rx_info: list[_Heard] | None = None
    object: Raw = Raw()
    object_json: str = field(name="objectJSON", default="")


_DECODER = msgspec.json.Decoder(_Event)


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame:
    """Raises NotAnUplink."""
    event = decoded(_DECODER, message)
    nearest = best([Gateway(each.rssi, each.snr) for each in event.rx_info or []])
    eui = eui_of(event.dev_eui)
    return UplinkFrame(
        dev_eui=eui,
        f_port=event.f_port,
        f_cnt=event.f_cnt,
        payload=of_base64(event.data or ""),
        session=event.dev_addr,
        sent_s=unix_s(event.published_at),
        rssi_dbm=nearest.rssi,
        snr_db=nearest.snr,
        decoded=picked(event.object_json.encode() or bytes(event.object), wanted(eui)),
    )
