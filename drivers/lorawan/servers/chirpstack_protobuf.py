"""ChirpStack v4 with `json = false`: its uplink event in Protocol Buffers, without I/O (integration.proto, UplinkEvent;
gw.proto, UplinkRxInfo)."""

import math

from drivers.lorawan.objects import picked_of
from drivers.lorawan.servers import protobuf
from drivers.lorawan.servers.protobuf import BadProtobuf, WireValue, floating, signed, text, whole
from drivers.lorawan.uplink import (
    MAX_BYTES,
    Gateway,
    NotAnUplink,
    PathsOf,
    UplinkFrame,
    best,
    eui_of,
    no_object,
    of_payload,
    refuse_encrypted,
)
from drivers.translation import _

KEY, TIME, DEVICE, DEV_ADDR, F_CNT, F_PORT, DATA, OBJECT, RX_INFO, JOIN_SERVER = 1, 2, 3, 4, 7, 8, 10, 11, 12, 15
DEV_EUI = 8
RSSI, SNR, NS_TIME = 6, 7, 17
LONGEST_LABEL = 64
MOST_DB = 1000


def uplink(message: bytes, wanted: PathsOf = no_object) -> UplinkFrame:
    """Raises NotAnUplink."""
    try:
        return _uplink(message, wanted)
    except BadProtobuf as error:
        raise NotAnUplink(_("no Protocol Buffers: {reason}").format(reason=error)) from None


def _uplink(message: bytes, wanted: PathsOf) -> UplinkFrame:
    """Raises NotAnUplink, BadProtobuf."""
    if len(message) > MAX_BYTES:
        raise NotAnUplink(_("a message of more than {most} bytes").format(most=MAX_BYTES))
    event: dict[int, WireValue] = {}
    heard: list[dict[int, WireValue]] = []
    for number, value in protobuf.fields(message):
        if number == RX_INFO:
            heard.append(dict(protobuf.fields(protobuf.message(value))))
        event[number] = value
    device = dict(protobuf.fields(protobuf.message(event.get(DEVICE, b""))))
    eui, nearest = eui_of(text(device.get(DEV_EUI, b""))), best([_gateway(each) for each in heard])
    refuse_encrypted(JOIN_SERVER in event)
    paths = wanted(eui)
    times = (*(each.get(NS_TIME) for each in heard), event.get(TIME))
    return UplinkFrame(
        dev_eui=eui,
        f_port=_within(whole(event.get(F_PORT, 0)), 255),
        f_cnt=_within(whole(event.get(F_CNT, 0)), (1 << 32) - 1),
        payload=of_payload(protobuf.message(event.get(DATA, b""))),
        session=_label(event.get(DEV_ADDR, b"")),
        sent_s=next(filter(None, map(_unix_s, times)), None),
        key=_label(event.get(KEY, b"")),
        rssi_dbm=nearest.rssi,
        snr_db=nearest.snr,
        decoded=picked_of(protobuf.as_object(protobuf.message(event.get(OBJECT, b""))), paths) if paths else {},
    )


def _gateway(heard: dict[int, WireValue]) -> Gateway:
    """Raises BadProtobuf."""
    rssi, snr = heard.get(RSSI), heard.get(SNR)
    level = None if rssi is None else _decibels(signed(whole(rssi)))
    return Gateway(level, None if snr is None else _decibels(floating(snr)))


def _decibels(value: float) -> float | None:
    return float(value) if math.isfinite(value) and abs(value) <= MOST_DB else None


def _within(number: int, most: int) -> int:
    """Raises BadProtobuf."""
    if number > most:
        raise BadProtobuf(_("{number}, where {most} is the most").format(number=number, most=most))
    return number


def _label(value: WireValue) -> str:
    """Raises BadProtobuf."""
    found = text(value)
    if len(found) > LONGEST_LABEL:
        raise BadProtobuf(_("a name of {count} characters").format(count=len(found)))
    return found


def _unix_s(value: WireValue | None) -> float | None:
    """A google.protobuf.Timestamp; a time that no clock has is not told. Raises BadProtobuf."""
    if value is None:
        return None
    both = dict(protobuf.fields(protobuf.message(value)))
    seconds, nanos = signed(whole(both.get(1, 0))), signed(whole(both.get(2, 0)))
    return seconds + nanos / 1e9 if 0 < seconds < 1 << 36 and 0 <= nanos < 1_000_000_000 else None
