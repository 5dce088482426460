"""Inputs that are right, from which a fuzzer goes on."""

import json
from pathlib import Path

from hostile.packets import packet, publish, text

from drivers.base import Stay
from drivers.camera.ipc import Alive, Fault, Standing, StaySeen, line

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
WINDOWS = [
    {"days": ["mon", "holiday"], "from": "08:00", "to": "12:00", "months": [1, 12], "nth": [1, -1]},
    {"dates": "even", "from": "20:00", "to": "06:00", "first_day": "11-15", "last_day": "03-15", "eve": True},
    {"month_days": [1, -1], "weeks": [1, 53]},
    {"side": "odd"},
]
PROPERTIES = (
    b"\x01\1\x02\0\0\0\x09\x08" + text(b"lamppost/r") + b"\x09" + text(b"abc") + b"\x26" + text(b"a") + text(b"b")
)

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
    b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:trackID=1\r\n"
)
METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN")
CERTIFICATE = (
    "308201083081bba003020102020101300506032b6570300c310a300806035504030c0162301e170d32363031303130303030"
    "30305a170d3336303130313030303030305a300c310a300806035504030c0162302a300506032b65700321004567e0cfa4e6"
    "32aee320eed60cad06b30654f233ad412d2fe8c5faf5b2aeac56a3423040300f0603551d130101ff040530030101ff300e06"
    "03551d0f0101ff040403020204301d0603551d0e0416041454a3f7341e0b2281584a8ba5141f60d1188b5f8f300506032b65"
    "70034100833cb98eb73104562f6979cc6b8bafb77d82071a4519e953a0665887ab148c048550c7fa5920c15ab25066c0a615"
    "847b99ef1c2609f9f08372ba1bb9e6fca90f"
)
"""An authority that signed itself, DER."""


def streams(topic: bytes, payload: bytes, is_v5: bool) -> list[bytes]:
    """What a broker sends, behind the byte that says whether it has answered CONNECT: every kind of packet, and some in
    a row."""
    none, properties = (b"\0", PROPERTIES) if is_v5 else (b"", None)
    packets = [
        packet(0x20, b"\0\0" + none),
        packet(0x90, b"\0\1" + none + b"\1"),
        publish(topic, payload, properties=properties),
        publish(topic, payload, qos=1, properties=properties),
        publish(topic, payload, qos=2, retain=True, properties=b"" if is_v5 else None),
        packet(0x40, b"\0\1" + (b"\0\0" if is_v5 else b"")),
        packet(0x62, b"\0\1"),
        packet(0xB0, b"\0\1" + (b"\0\0" if is_v5 else b"")),
        b"\xd0\0",
        packet(0xE0, b"\x8b\0") if is_v5 else b"\xd0\0",
    ]
    return [b"\2" + each for each in packets] + [b"\0" + b"".join(packets)]


def of_uplink(is_v5: bool) -> list[bytes]:
    return streams(b"lamppost/s/p/command", _json(COMMAND), is_v5)


def of_lorawan(is_v5: bool) -> list[bytes]:
    return streams(b"application/1/device/70b3d5a1c0de0001/event/up", _json(FRAME), is_v5)


def of_command() -> list[bytes]:
    to_pole = {"id": "c-2", "action": "configuration.apply", "data": {"a": 1}, "pole": "s/p", "signature": "AA=="}
    return [_json(each) for each in (COMMAND, to_pole, {"id": "c-3", "device": "lamp-1", "action": "release"})]


def of_document() -> list[bytes]:
    contents = (
        ("closure", {"bays": ["bay-1"], "reason": "market"}),
        ("lighting-exception", {"lamps": ["lamp-1"], "level_percent": 30, "from": "22:00", "to": "05:00"}),
        ("order", {"bays": ["bay-1"], "rule": "snow", "windows": WINDOWS, "reason": "snow"}),
        ("exemption", {"bays": ["bay-1"], "windows": WINDOWS[:1]}),
        ("permit", {"bays": ["bay-1"], "tags": ["04A1B2", "04a1b3"]}),
    )
    times = {"valid_from": "2026-12-30T00:00:00Z", "valid_until": "2027-01-30T00:00:00Z"}
    told = [{"kind": kind, "name": "n", "content": content, **times} for kind, content in contents]
    return [_json({"id": "c-4", "action": "document.set", "data": data}) for data in told]


def of_configuration_from_afar() -> list[bytes]:
    file = (ROOT / "config" / "lamppost.toml").read_text()
    wanted = ({"patch": {"bay": {"bay-1": {"limit": "1h"}}, "pole": {"site": None}}}, {"file": file})
    return [_json({"id": "c-5", "action": "configuration.set", "data": data}) for data in wanted]


def of_console() -> list[bytes]:
    asks = (
        {"ask": "status"},
        {"ask": "tail"},
        {"ask": "command", "device": "lamp-1", "action": "override", "value": 5, "hold_s": 60},
        {"ask": "scan", "line": "wire", "units": [1, 2], "timeout_s": 0.5, "parameters": {"channel": 0}},
    )
    return [_json(each) + b"\n" for each in asks]


def of_camera_lines() -> list[bytes]:
    stay = Stay("1", 10.0, None, "car", 0.5)
    standing = Standing("bus-stop", stay, (0.0, 0.0, 50.0, 50.0), b"ab", 10.0)
    alive = Alive(11.0, "dark", "too dark", 5, 1, 0, 3, 1.0, "hot", True, 80.0)
    said = (
        alive,
        standing,
        StaySeen("bus-stop", stay, 10.0, standing),
        StaySeen("bus-stop", Stay("1", 10.0, 12.0, "car", 0.5), 12.5),
        Fault("the source ended", "look at it"),
    )
    return [line(each) for each in said] + [b"".join(map(line, said))]


def of_rtsp() -> list[bytes]:
    """What a camera answers, behind the byte that says in how long pieces it comes."""
    ok = b"RTSP/1.0 200 OK\r\nCSeq: %d\r\n"
    described = ok % 1 + b"Content-Base: rtsp://192.0.2.1/stream/\r\nContent-Length: %d\r\n\r\n" % len(SDP) + SDP
    set_up = ok % 2 + b"Session: 12;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
    plays = ok % 3 + b"\r\n" + b"$\0\0\4abcd$\1\0\2ef"
    digest = b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256\r\n'
    refused = b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n" + digest + b'WWW-Authenticate: Basic realm="r"\r\n\r\n'
    again = described.replace(b"CSeq: 1", b"CSeq: 2")
    elsewhere = b"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://u:p@198.51.100.1/\r\n\r\n"
    asks = b"OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\nCSeq: 7\r\n\r\n"
    whole = (described + set_up + plays, described + asks + set_up + plays, refused + again, elsewhere)
    return [bytes((piece,)) + each for each in whole for piece in (0, 4, 255)]


def of_rtsp_relay() -> list[bytes]:
    asked = (f"{method} rtsp://127.0.0.1:1/path RTSP/1.0\r\nCSeq: {n}\r\n\r\n" for n, method in enumerate(METHODS))
    return [b"\xff" + "".join(asked).encode() + b"$\0\0\4abcd", b"\4DESCRIBE rtsp://127.0.0.1:1/ RTSP/1.0\r\n\r\n"]


def of_rtsp_pictures() -> list[bytes]:
    """A key picture, one that needs it, both in one packet and in pieces; parameter sets; reports between."""
    h264 = ("6742", "6588", "419a", "1800026742000265 88", "5c859a", "5c019a", "5c419a", "41b0")
    h265 = ("4001", "2601", "0201", "6001000240010002 2601", "629301", "620101", "624101", "2a01")
    found = []
    for codec, units in enumerate((h264, h265)):
        packets = [(n // 2 * 3600, 0x60 | 0x80 * (n % 2), bytes.fromhex(unit)) for n, unit in enumerate(units * 3)]
        framed = [
            b"$\0"
            + (len(unit) + 12).to_bytes(2, "big")
            + bytes((0x80, mark))
            + (65_530 + n & 65_535).to_bytes(2, "big")
            + stamp.to_bytes(4, "big")
            + b"cam!"
            + unit
            for n, (stamp, mark, unit) in enumerate(packets)
        ]
        found += [bytes((codec,)) + b"".join(framed), bytes((codec,)) + (b"$\1\0\4" + bytes(4)).join(framed)]
    return found


def of_modbus() -> list[bytes]:
    """Answers to function 3 and 4 of one to forty registers and to function 1, and exceptions: each with its length,
    behind the byte that says how they are framed."""
    registers = [bytes((function, 2 * count)) + bytes(2 * count) for function in (3, 4) for count in (1, 2, 10, 40)]
    answers = [*registers, b"\1\1\1", b"\x83\2", b"\x84\6", b""]
    pieces = [bytes((len(each),)) + each for each in answers]
    return [bytes((control,)) + each * 4 for control in range(8) for each in (*pieces, b"".join(pieces[:4]))]


def of_serial() -> list[bytes]:
    good, near = b"\xff\3\xe8\xea", b"\xff\0\x0a\x09"
    return [bytes((piece,)) + good * 3 + b"\xff\0" + near + good for piece in (0, 2, 255)]


def of_ear() -> list[bytes]:
    """A second master's question and its answer, an echo, two answers to one question, noise."""
    frames = (
        "010300000001840a", "0103020007f986", "020400000028f027", "010600070001f9cb", "018302c0f1", "00ff55aa",
    )  # fmt: skip
    heard = [bytes.fromhex(each) for each in frames]
    rows = (heard[0] + heard[1], heard[1] * 2, b"".join(heard), heard[5] + heard[1], b"\xfe\2" + heard[3] * 2)
    return [bytes((piece,)) + each for each in rows for piece in (0, 7, 63)]


def of_codecs() -> list[bytes]:
    payloads = (
        ("bosch", 1, "01"), ("bosch", 3, "00112233445566778899aabbccddeeff00"), ("nwave", 1, "01020304"),
        ("dingtek", 3, "800001110407D0000000000000000000000000000181"), ("libelium", 3, "0100000000000000000000"),
        ("milesight", 85, "01755c03823c00040000"),
    )  # fmt: skip
    return [bytes((n, port)) + bytes.fromhex(data) for n in range(5) for _, port, data in payloads]


def of_configuration() -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / "config").glob("*.toml"))]


def of_rules() -> list[bytes]:
    return [(ROOT / "config" / "rules.toml").read_bytes(), b'[rule.short]\ncategory = "general"\nlimit = "10min"\n']


def of_profile() -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / "drivers" / "profiles").glob("*.toml"))]


def of_manifest() -> list[bytes]:
    return [(ROOT / "models" / "manifest.toml").read_bytes()]


def of_password() -> list[bytes]:
    return [b"secret\n", b"\xef\xbb\xbfsecret\r\n\r\n"]


def of_certificate() -> list[bytes]:
    return [bytes.fromhex(CERTIFICATE)]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
