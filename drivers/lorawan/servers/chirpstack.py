"""ChirpStack's uplink events, without I/O: JSON in, values out.

ChirpStack v4, MQTT integration, event "up" (integration.proto, UplinkEvent) in the JSON mapping of Protocol Buffers 3:
bytes are base64, and a field that holds its default (a counter at 0, an empty payload) may be left out.
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
    refuse_encrypted,
    unix_s,
)


class _Device(Struct):
    eui: str = field(name="devEui")


class _Heard(Struct):
    rssi: Decibels | None = None
    snr: Decibels | None = None
    old_snr: Decibels | None = field(name="loRaSNR", default=None)
    ns_time: str | None = field(name="nsTime", default=None)


class _Event(Struct, rename="camel"):
    f_port: FPort = 0
    f_cnt: FCnt = 0
    data: str | None = None
    device_info: _Device | None = None
    dev_eui: str | None = None
    old_dev_eui: str | None = field(name="devEUI", default=None)
    dev_addr: Label = ""
    time: str | None = None
    deduplication_id: Label = ""
    rx_info: list[_Heard] | None = None
    object: Raw = Raw()
    join_server_context: Raw = Raw()


_DECODER = msgspec.json.Decoder(_Event)


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame:
    """Raises NotAnUplink."""
    event = decoded(_DECODER, message)
    heard = event.rx_info or []
    nearest = best([Gateway(each.rssi, each.old_snr if each.snr is None else each.snr) for each in heard])
    eui = eui_of(event.device_info.eui if event.device_info else event.dev_eui or event.old_dev_eui or "")
    refuse_encrypted(bytes(event.join_server_context) not in (b"", b"null"))
    return UplinkFrame(
        dev_eui=eui,
        f_port=event.f_port,
        f_cnt=event.f_cnt,
        payload=of_base64(event.data or ""),
        session=event.dev_addr,
        sent_s=next(filter(None, map(unix_s, (*(each.ns_time for each in heard), event.time))), None),
        key=event.deduplication_id,
        rssi_dbm=nearest.rssi,
        snr_db=nearest.snr,
        decoded=picked(bytes(event.object), wanted(eui)),
    )
