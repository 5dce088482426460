"""LoRaWAN sensors: the vendors' own examples, the edges of their layouts, and bytes that are none of them."""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from drivers.base import Field
from drivers.lorawan import models
from drivers.lorawan.codecs import BadFrame, Frame, Started
from drivers.lorawan.codecs.known import CODECS
from drivers.lorawan.codecs.nwave import COLD_C

MODELS = {name: models.model(name) for name in models.names()}
"""Every sensor, in code and by profile."""

CARRIED = json.loads(Path(__file__).with_name("vectors.json").read_text())
EXAMPLES = [
    (name, vector["f_port"], bytes.fromhex(vector["hex"]), msgspec.convert(vector["frame"], Frame))
    for name, facts in CARRIED.items()
    for vector in facts["vectors"]
]
SHARED = {
    "bosch_tps110": "bosch-tps110",
    "nwave_nps405": "nwave-nps405",
    "milesight_em310_udl": "milesight-em310-udl",
}


@pytest.mark.parametrize(("name", "f_port", "payload", "frame"), EXAMPLES)
def test_the_vendors_examples(name: str, f_port: int, payload: bytes, frame: Frame) -> None:
    assert MODELS[name].decode(f_port, payload) == frame


def test_every_model_has_a_name_and_an_example_with_its_source() -> None:
    assert set(CODECS) == set(CARRIED)
    assert all(facts["source"] and facts["vectors"] for facts in CARRIED.values())


def said(frame: Frame) -> dict[str, Any]:
    """A frame in the words of the shared vectors."""
    error_s, duration_s = frame.previous_state_duration_error_s, frame.previous_state_duration_s
    started = frame.started or Started()
    battery = None if frame.battery_low is None else "low" if frame.battery_low else "normal"
    return {
        "occupied": frame.occupied,
        "temperature": frame.temperature_c,
        "previous_state_duration": None if duration_s is None else duration_s / 60,
        "previous_state_duration_error": None if error_s is None else error_s / 60,
        "battery_voltage": frame.battery_v,
        "battery_health": battery,
        "hw_health_status": 0 if frame.fault == "" else frame.fault,
        "tag_id": frame.vehicle_tag,
        "debugCodes": list(started.codes),
        "firmwareVersion": started.firmware,
        "firmware_version": started.firmware,
        "resetCause": started.cause,
        "reset_cause": started.cause.replace(" ", "_"),
        "battery": frame.battery_percent,
        "distance": frame.distance_mm,
        "position": "tilt" if frame.tilted else "normal",
    }


def test_the_shared_vectors(shared: Path) -> None:
    facts: Mapping[str, Any] = json.loads((shared / "domain/parking/sensor-vectors.json").read_text())
    checked = 0
    for key, name in SHARED.items():
        for vector in facts[key]["vectors"]:
            frame = MODELS[name].decode(vector.get("fPort", 85), bytes.fromhex(vector["hex"]))
            wanted = {word: value for word, value in vector["out"].items() if word != "type"}
            assert {word: said(frame)[word] for word in wanted} == wanted
            checked += 1
    assert checked == 8


@given(st.sampled_from(sorted(MODELS)), st.integers(-1, 300), st.binary(max_size=60))
def test_any_bytes_on_any_port_decode_or_raise_the_one_error(name: str, f_port: int, payload: bytes) -> None:
    try:
        frame = MODELS[name].decode(f_port, payload)
    except BadFrame as error:
        assert error.cause in ("port", "length", "content")
        assert str(error)
    else:
        assert msgspec.json.decode(msgspec.json.encode(frame), type=Frame) == frame


@given(st.sampled_from(EXAMPLES), st.integers(0, 30))
def test_a_frame_cut_short_never_decodes_into_another_state(
    example: tuple[str, int, bytes, Frame], length: int
) -> None:
    name, f_port, payload, frame = example
    try:
        cut = MODELS[name].decode(f_port, payload[:length])
    except BadFrame:
        return
    assert cut.occupied in (frame.occupied, None)
    assert cut.distance_mm in (frame.distance_mm, None)


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("first", [b"", b"\xff", b"\x05", b"\x03\x82\x44\x08"])
def test_frames_of_every_length_decode_or_raise_the_one_error(name: str, first: bytes) -> None:
    for length, f_port in product(range(65), (*range(12), 85, 223)):
        try:
            frame = MODELS[name].decode(f_port, (first + bytes(64))[:length])
        except BadFrame as error:
            assert error.cause in ("port", "length", "content")
        else:
            assert 0 <= frame.unread_bytes < max(1, length)


LONGER = {
    ("bosch-tps110", 2): {1: 1},
    ("nwave-nps405", 2): {3: 3},
    ("nwave-nps405", 10): {5: 1},
}
"""How many bytes more of the same frame are known, by the port and the bytes of an example."""


@pytest.mark.parametrize(("name", "f_port", "payload", "frame"), EXAMPLES)
@pytest.mark.parametrize("more", [b"\x07", b"\xaa\xbb", bytes(40)])
def test_fields_that_a_vendor_adds_behind_the_known_ones_are_counted_and_change_nothing(
    name: str, f_port: int, payload: bytes, frame: Frame, more: bytes
) -> None:
    whole = LONGER.get((name, f_port), {}).get(len(payload), 0)
    payload += bytes(whole)
    known = MODELS[name].decode(f_port, payload)
    unread = 0 if frame == Frame() and name != "dingtek-do201" else len(more)
    assert MODELS[name].decode(f_port, payload + more) == structs.replace(known, unread_bytes=unread)


def test_parameters_of_a_dingtek_that_are_longer_than_known_say_nothing_of_the_bay() -> None:
    assert MODELS["dingtek-do201"].decode(3, bytes.fromhex("8000310317") + b"\xff" * 18) == Frame(unread_bytes=7)


@pytest.mark.parametrize(
    ("name", "f_port", "payload", "cause"),
    [
        ("bosch-tps110", 7, "01", "port"),
        ("bosch-tps110", 1, "", "length"),
        ("bosch-tps110", 3, "01", "length"),
        ("nwave-nps405", 4, "95", "port"),
        ("nwave-nps405", 1, "", "length"),
        ("nwave-nps405", 2, "00d3", "length"),
        ("nwave-nps405", 3, "02040902", "length"),
        ("nwave-nps405", 10, "d11f3456", "length"),
        ("dingtek-do201", 2, "00" * 23, "port"),
        ("dingtek-do201", 3, "00" * 22, "length"),
        ("dingtek-do201", 3, "8000310317" + "00" * 10, "length"),
        ("libelium-parking", 1, "00" * 10, "length"),
        ("libelium-parking", 1, "06" + "00" * 10, "content"),
        ("milesight-em310-udl", 85, "", "length"),
        ("milesight-em310-udl", 85, "038244", "length"),
        ("milesight-em310-udl", 85, "03", "content"),
        ("milesight-em310-udl", 85, "0582 4408", "content"),
        ("milesight-em310-udl", 85, "040002", "content"),
        ("milesight-em310-udl", 85, "038244080382", "length"),
        ("milesight-em310-udl", 85, "03824408 03824508", "content"),
    ],
)
def test_what_gives_wrong_bytes_away(name: str, f_port: int, payload: str, cause: str) -> None:
    with pytest.raises(BadFrame) as caught:
        MODELS[name].decode(f_port, bytes.fromhex(payload))
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    ("compressed", "minutes", "error_minutes"),
    [(0, 0, 0), (89, 89, 0), (90, 90, 4), (119, 235, 4), (120, 240, 59), (126, 600, 59), (127, 660, None)],
)
def test_nwaves_compressed_durations(compressed: int, minutes: int, error_minutes: int | None) -> None:
    frame = MODELS["nwave-nps405"].decode(1, bytes((compressed << 1,)))
    error_s = None if error_minutes is None else error_minutes * 60
    assert (frame.occupied, frame.previous_state_duration_s) == (False, minutes * 60)
    assert frame.previous_state_duration_error_s == error_s


@pytest.mark.parametrize(
    ("raw_v", "raw_c", "low"), [(125, 0, False), (124, 0, True), (100, 0xE1, False), (99, 0xE1, True)]
)
def test_a_cold_battery_may_have_less_volts(raw_v: int, raw_c: int, low: bool) -> None:
    frame = MODELS["nwave-nps405"].decode(2, bytes((0, raw_v, raw_c, 0, 0, 0)))
    assert (frame.battery_low, frame.temperature_c) == (low, 10 if raw_c == 0 else COLD_C - 0.5)


def test_a_tag_heard_before_the_vehicle_stands_says_nothing_of_the_bay() -> None:
    assert MODELS["nwave-nps405"].decode(10, bytes.fromhex("d0 8f345678")) == Frame(vehicle_tag="8F345678")


def test_what_a_sensor_says_of_itself_is_no_error_and_no_state() -> None:
    assert MODELS["bosch-tps110"].decode(5, bytes(30)) == MODELS["nwave-nps405"].decode(6, b"\x94\x01") == Frame()


def test_the_highest_values_of_a_dingtek_frame() -> None:
    frame = MODELS["dingtek-do201"].decode(3, b"\xff" * 23)
    assert frame.distance_mm == frame.counter == 0xFFFF
    assert (frame.magnetic_field, frame.temperature_c, frame.battery_v) == (Field(-1, -1, -1), -1, 655.35)
    assert frame.occupied and frame.battery_low


def test_a_milesight_battery_that_is_not_known_is_none() -> None:
    assert MODELS["milesight-em310-udl"].decode(85, b"\x01\x75\xff").battery_percent is None


@pytest.mark.parametrize(
    ("firmware", "code", "cause"),
    [
        ((0, 23, 3), 0, "watchdog"),
        ((0, 23, 3), 1, "power on"),
        ((0, 23, 3), 4, "code 4"),
        ((0, 29, 4), 0, "code 0"),
        ((0, 29, 4), 1, "watchdog"),
        ((0, 29, 4), 4, "other"),
        ((0, 39, 1), 4, "external pin"),
        ((0, 39, 1), 7, "other"),
        ((0, 39, 1), 8, "code 8"),
        ((0, 33, 0), 4, "code 4"),
        ((1, 29, 0), 1, "code 1"),
    ],
)
def test_a_bosch_names_its_reset_by_the_table_of_its_firmware(
    firmware: tuple[int, int, int], code: int, cause: str
) -> None:
    frame = MODELS["bosch-tps110"].decode(3, bytes((*bytes(12), *firmware, code, 1)))
    assert frame.started == Started(cause, ".".join(map(str, firmware)))
