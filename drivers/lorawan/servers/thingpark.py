"""Actility ThingPark, body {"DevEUI_uplink": {...}}, without I/O. Older versions write numbers as texts."""

import msgspec
from msgspec import Raw, Struct, field

from drivers.lorawan.servers.json_message import decoded
from drivers.lorawan.uplink import (
    Decibels,
    FCnt,
    FPort,
    Label,
    NotAnUplink,
    PathsOf,
    UplinkFrame,
    eui_of,
    no_object,
    of_hex,
    unix_s,
)
from drivers.translation import _

UPLINK = "DevEUI_uplink"


class _Uplink(Struct):
    dev_eui: str = field(name="DevEUI")
    f_port: FPort = field(name="FPort", default=0)
    f_cnt: FCnt = field(name="FCntUp", default=0)
    payload: str = field(name="payload_hex", default="")
    dev_addr: Label = field(name="DevAddr", default="")
    time: str | None = field(name="Time", default=None)
    rssi: Decibels | None = field(name="LrrRSSI", default=None)
    snr: Decibels | None = field(name="LrrSNR", default=None)


class _Body(Struct):
    uplink: _Uplink | None = field(name=UPLINK, default=None)
    sent: Raw = field(name="DevEUI_downlink_Sent", default=Raw())
    location: Raw = field(name="DevEUI_location", default=Raw())
    notification: Raw = field(name="DevEUI_notification", default=Raw())


_DECODER = msgspec.json.Decoder(_Body, strict=False)


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame | None:
    """Returns None for what the server tells of a device that is no frame of it. Raises NotAnUplink."""
    body = decoded(_DECODER, message)
    told = body.uplink
    if told is None:
        if any(bytes(each) for each in (body.sent, body.location, body.notification)):
            return None
        raise NotAnUplink(_("it has no {name}").format(name=UPLINK))
    return UplinkFrame(
        dev_eui=eui_of(told.dev_eui),
        f_port=told.f_port,
        f_cnt=told.f_cnt,
        payload=of_hex(told.payload),
        session=told.dev_addr,
        sent_s=unix_s(told.time),
        rssi_dbm=told.rssi,
        snr_db=told.snr,
    )
