"""Inputs that are right: what a town brings along."""

import json
from collections.abc import Iterator
from typing import Any

from fuzz.seeds import FRAME, ROOT
from fuzz.town import OWN_PROFILE

from drivers.lorawan import models
from drivers.lorawan.profile import loader
from drivers.lorawan.profile.schema import VectorTable
from drivers.lorawan.servers import SERVERS

MOMENT, EUI = "2026-11-22T23:26:05.195Z", "70B3D5A1C0DE0001"
DECODED = {"parking": {"occupied": True}, "distance": 12.5, "list": [{"level": 3}], "occupied": "x"}
TOLD: dict[str, dict[str, Any]] = {
    "chirpstack": FRAME | {"object": DECODED, "rxInfo": [{"rssi": -97, "snr": 7.5, "nsTime": MOMENT}]},
    "chirpstack-v3": {
        "devEUI": "cLPVocDeAAE=", "devAddr": "ABiUQA==", "publishedAt": MOMENT, "objectJSON": json.dumps(DECODED),
        "fCnt": 17, "fPort": 3, "data": "AQE=", "rxInfo": [{"rssi": -97, "loRaSNR": 7}],
    },
    "tts": {
        "end_device_ids": {"device_id": "disc-1", "dev_eui": EUI, "dev_addr": "260B1234"},
        "received_at": MOMENT,
        "uplink_message": {
            "f_port": 3, "f_cnt": 17, "frm_payload": "AQE=", "decoded_payload": DECODED, "received_at": MOMENT,
            "rx_metadata": [{"rssi": -97, "snr": 7.5}],
        },
    },
    "thingpark": {
        "DevEUI_uplink": {
            "Time": MOMENT, "DevEUI": EUI, "FPort": 3, "FCntUp": 17, "payload_hex": "0101", "LrrRSSI": -97.0,
            "LrrSNR": 7.5, "DevAddr": "0405F519", "payload": DECODED,
        }
    },
    "loriot": {
        "cmd": "rx", "EUI": EUI, "ts": 1795389965195, "fcnt": 17, "port": 3, "rssi": -97, "snr": 7.5, "data": "0101",
        "decoded": {"data": DECODED},
    },
}  # fmt: skip
"""The same frame as each network server tells it, but the one that follows."""

PROTOBUF = (
    "0a2433616337653363342d303030302d343030302d383030302d30303030303030303030303212"
    "0b088df48dd80610c0efd04f1a12421037306233643561316330646530303031220830303138393434"
    "302801300338114003520201015a100a0e0a086f63637570696564120220016210309fffffffffffffffff013d0000f0406a01008001028a010b088df48dd8061080aaea55"
)


def of_network_servers() -> list[bytes]:
    numbers = {name: number for number, name in enumerate(SERVERS)}
    messages = {name: json.dumps(told).encode() for name, told in TOLD.items()}
    messages["chirpstack-protobuf"] = bytes.fromhex(PROTOBUF)
    return [bytes((number,)) + messages[name] for name, number in numbers.items()]


def of_codecs() -> list[bytes]:
    """The vectors of the shipped profiles, each behind the number of its model and its port."""
    return [bytes((n, each.port)) + bytes.fromhex(each.hex) for n, each in _vectors()]


def _vectors() -> Iterator[tuple[int, VectorTable]]:
    for n, name in enumerate(models.names()):
        if (path := loader.path_of(name, None)) is not None:
            yield from ((n, each) for each in loader.tables_of(path, path.read_text()).vector)


def of_sensor_profile() -> list[bytes]:
    folder = ROOT / "drivers" / "profiles" / "lorawan"
    return [OWN_PROFILE.encode(), *(file.read_bytes() for file in sorted(folder.glob("*.toml")))]


def of_calendar() -> list[bytes]:
    events = (
        "DTSTART;VALUE=DATE:20261219\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:Vacances de\r\n  Noel",
        "DTSTART:20261219T230000Z\r\nSUMMARY:x",
        "DTSTART;VALUE=DATE:20261219\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:y",
    )
    whole = [f"BEGIN:VEVENT\r\n{each}\r\nEND:VEVENT\r\n" for each in events]
    return [f"BEGIN:VCALENDAR\r\n{each}END:VCALENDAR\r\n".encode() for each in (*whole, "".join(whole[:2]))]
