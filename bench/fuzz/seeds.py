"""Inputs that are right, from which a fuzzer goes on."""

import json
from pathlib import Path

from hostile.packets import packet, publish, text

ROOT = Path(__file__).parents[2]
COMMAND = {
    "id": "c-1",
    "device": "lamp-1",
    "action": "set_level",
    "level_percent": 40,
    "expires": "2027-01-01T00:00:00Z",
}
FRAME = {
    "deviceInfo": {"devEui": "70b3d5a1c0de0001"},
    "fPort": 1,
    "fCnt": 7,
    "data": "AQ==",
    "devAddr": "01020304",
    "time": "2027-01-01T00:00:00Z",
    "rxInfo": [{"rssi": -100, "snr": 5.5}],
}
PROPERTIES = (
    b"\x01\1\x02\0\0\0\x09\x08" + text(b"lamppost/r") + b"\x09" + text(b"abc") + b"\x26" + text(b"a") + text(b"b")
)


def streams(topic: bytes, payload: bytes) -> list[bytes]:
    """What a broker sends, behind the byte that says how it is read: for every kind of packet, and some in a row."""
    found = []
    for v5 in (True, False):
        none, properties = (b"\0", PROPERTIES) if v5 else (b"", None)
        packets = [
            packet(0x20, b"\0\0" + none),
            packet(0x90, b"\0\1" + none + b"\1"),
            publish(topic, payload, properties=properties),
            publish(topic, payload, qos=1, properties=properties),
            publish(topic, payload, qos=2, retain=True, properties=b"" if v5 else None),
            packet(0x40, b"\0\1" + (b"\0\0" if v5 else b"")),
            packet(0x62, b"\0\1"),
            packet(0xB0, b"\0\1" + (b"\0\0" if v5 else b"")),
            b"\xd0\0",
            packet(0xE0, b"\x8b\0") if v5 else b"\xd0\0",
        ]
        control = 0 if v5 else 1
        found += [bytes((control | 2,)) + each for each in packets] + [bytes((control,)) + b"".join(packets)]
    return found


def of_uplink() -> list[bytes]:
    return streams(b"lamppost/s/p/command", json.dumps(COMMAND).encode())


def of_lorawan() -> list[bytes]:
    return streams(b"application/1/device/70b3d5a1c0de0001/event/up", json.dumps(FRAME).encode())


def of_command() -> list[bytes]:
    to_pole = {"id": "c-2", "action": "configuration.apply", "data": {"a": 1}, "pole": "s/p", "signature": "AA=="}
    return [
        json.dumps(each).encode() for each in (COMMAND, to_pole, {"id": "c-3", "device": "lamp-1", "action": "release"})
    ]


def of_console() -> list[bytes]:
    asks = (
        {"ask": "status"},
        {"ask": "tail"},
        {"ask": "set", "lamp": "lamp-1", "level_percent": 5, "hold_s": 60},
        {"ask": "scan", "line": "wire", "units": [1, 2], "timeout_s": 0.5, "parameters": {"channel": 0}},
    )
    return [json.dumps(each).encode() + b"\n" for each in asks]


def of_configuration() -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / "config").glob("*.toml"))]


def of_profile() -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / "drivers" / "profiles").glob("*.toml"))]
