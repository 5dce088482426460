"""The Things Stack v3, MQTT integration, topic ".../up", without I/O (messages.proto, ApplicationUp in JSON).

Empty fields are left out. A gateway's time is passed over: the network server's own stands beside it.
"""

import msgspec
from msgspec import Raw, Struct

from drivers.lorawan.objects import picked
from drivers.lorawan.servers.json_message import decoded
from drivers.lorawan.uplink import (
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


class _Ids(Struct):
    dev_eui: str
    dev_addr: Label = ""


class _Uplink(Struct):
    f_port: FPort = 0
    f_cnt: FCnt = 0
    frm_payload: str = ""
    received_at: str | None = None
    rx_metadata: list[Gateway] = []
    decoded_payload: Raw = Raw()
    app_s_key: Raw = Raw()


class _Event(Struct):
    end_device_ids: _Ids
    uplink_message: _Uplink
    received_at: str | None = None


_DECODER = msgspec.json.Decoder(_Event)


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame:
    """Raises NotAnUplink."""
    event = decoded(_DECODER, message)
    told, eui = event.uplink_message, eui_of(event.end_device_ids.dev_eui)
    refuse_encrypted(bytes(told.app_s_key) not in (b"", b"null"))
    nearest = best(told.rx_metadata)
    return UplinkFrame(
        dev_eui=eui,
        f_port=told.f_port,
        f_cnt=told.f_cnt,
        payload=of_base64(told.frm_payload),
        session=event.end_device_ids.dev_addr,
        sent_s=next(filter(None, map(unix_s, (told.received_at, event.received_at))), None),
        rssi_dbm=nearest.rssi,
        snr_db=nearest.snr,
        decoded=picked(bytes(told.decoded_payload), wanted(eui)),
    )
