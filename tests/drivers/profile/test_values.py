"""Conversion between registers and values."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.profile.schema import Register
from drivers.profile.values import dali_level, dali_percent, decode, encode, kelvin


def register(kind: str, **others: Any) -> Register:
    return Register(function=1 if kind == "coil" else 3, address=0, type=kind, **others)  # type: ignore[arg-type]


def only(kind: str, words: list[int], **others: Any) -> Any:
    (measured,) = decode("x", register(kind, **others), words)
    return measured.value


@pytest.mark.parametrize(
    ("kind", "words", "others", "value"),
    [
        ("u16", [0xFFFE], {}, 65534),
        ("i16", [0xFFFE], {}, -2),
        ("u32", [0x0001, 0x0002], {}, 65538),
        ("u32", [0x0002, 0x0001], {"word_order": "little"}, 65538),
        ("i32", [0xFFFF, 0xFFFF], {}, -1),
        ("u64", [0, 0, 1, 0], {}, 65536),
        ("i64", [0xFFFF] * 4, {}, -1),
        ("f64", [0x406C, 0xCCCC, 0xCCCC, 0xCCCD], {}, 230.4),
        ("f64", [0xCDCC, 0xCCCC, 0xCCCC, 0x6C40], {"word_order": "little", "byte_order": "little"}, 230.4),
        ("u16", [0x3412], {"byte_order": "little"}, 0x1234),
        ("u32", [0x3412, 0x7856], {"byte_order": "little"}, 0x12345678),
        ("f32", [0x4366, 0x3333], {}, struct.unpack(">f", bytes.fromhex("43663333"))[0]),
        ("u16", [231], {"scale": 0.1}, 23.1),
        ("i16", [-5 & 0xFFFF], {"scale": 0.5, "offset": 10.0}, 7.5),
        ("u16", [0b1011_0010_0000_0000], {"bit_field": (8, 14)}, 0b011_0010),
        ("i16", [0xFE00], {"bit_field": (8, 15)}, -2),
        ("coil", [1], {}, True),
    ],
)
def test_decoding(kind: str, words: list[int], others: dict[str, Any], value: float) -> None:
    assert only(kind, words, **others) == value


def test_bits_have_names() -> None:
    bits = {"ballast_failure": 0, "lamp_failure": 1, "fade_running": 4}
    assert [(each.quantity, each.value) for each in decode("status", register("bits", bits=bits), [0b10010])] == [
        ("ballast_failure", False),
        ("lamp_failure", True),
        ("fade_running", True),
    ]


@pytest.mark.parametrize(
    ("kind", "words", "others"),
    [
        ("u16", [0xFFFF], {"invalid": (0xFFFF,)}),
        ("i32", [0x8000, 0], {"invalid": (0x80000000,)}),
        ("u32", [0, 0x8000], {"invalid": (0x80000000,), "word_order": "little"}),
        ("f32", [0x7FC0, 0], {}),
        ("f32", [0x7F80, 0], {}),
        ("bits", [0xFFFF], {"bits": {"lamp_failure": 1}, "invalid": (0xFFFF,)}),
        ("u16", [255], {"curve": "dali"}),
    ],
    ids=["marker", "marker of 32 bits", "low word first", "NaN", "infinity", "bits", "DALI mask"],
)
def test_what_the_device_marks_as_no_value_is_no_reading(kind: str, words: list[int], others: dict[str, Any]) -> None:
    assert list(decode("x", register(kind, **others), words)) == []


def test_a_value_out_of_range_is_doubted_in_words() -> None:
    (measured,) = decode("x", register("u16", range=(0, 100), unit="%"), [130])
    assert measured.value == 130
    assert measured.doubt == "130 % is outside 0 to 100"


KINDS = {"u16": (0, 2**16 - 1), "i16": (-(2**15), 2**15 - 1), "u32": (0, 2**32 - 1), "i32": (-(2**31), 2**31 - 1)}


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(["big", "little"]), st.data())
def test_what_is_encoded_decodes_to_the_same(kind: str, order: str, data: st.DataObject) -> None:
    value = data.draw(st.integers(*KINDS[kind]))
    assert only(kind, encode(register(kind, word_order=order), value), word_order=order) == value


@pytest.mark.parametrize("value", [-1, 101, math.nan, math.inf])
def test_what_the_device_cannot_take_is_not_encoded(value: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        encode(register("u16", range=(0, 100), unit="%"), value)


def test_a_value_too_large_for_its_register_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(register("u16"), 65536)


def test_the_dali_curve_at_its_ends_and_in_its_middle() -> None:
    assert [dali_percent(level) for level in (0, 1, 254)] == [0.0, 0.1, 100.0]
    assert dali_percent(170) == pytest.approx(10.0, abs=0.1)
    assert dali_level(10.0) == 170


@given(st.integers(0, 254))
def test_the_dali_curve_there_and_back(level: int) -> None:
    assert dali_level(dali_percent(level)) == level


@pytest.mark.parametrize(("scale", "words"), [(1.0, [370]), (0.1, [3700])])
def test_mired_becomes_kelvin_and_kelvin_mired(scale: float, words: list[int]) -> None:
    mired = register("u16", curve="mired", scale=scale, unit="K")
    assert only("u16", words, curve="mired", scale=scale) == 2702.7
    assert encode(mired, 2702.7) == words


@given(st.integers(50, 1000))
def test_each_step_of_mired_comes_back(steps: int) -> None:
    mired = register("u16", curve="mired", unit="K")
    assert encode(mired, kelvin(steps)) == [steps]


def test_no_light_has_0_mired_or_0_kelvin() -> None:
    mired = register("u16", curve="mired", unit="K")
    assert list(decode("x", mired, [0])) == []
    with pytest.raises(ValueError, match="-1 K is no colour temperature"):
        encode(mired, -1)


@pytest.mark.parametrize(("end_k", "steps"), [(1800.0, 556), (6500.0, 154)])
def test_the_step_nearest_to_an_end_of_the_range_is_not_doubted(end_k: float, steps: int) -> None:
    mired = register("u16", curve="mired", unit="K", range=(1800.0, 6500.0))
    assert encode(mired, end_k) == [steps]
    assert [each.doubt for each in decode("x", mired, [steps])] == [""]


@pytest.mark.parametrize("steps", [557, 152])
def test_a_step_beyond_the_range_is_doubted(steps: int) -> None:
    mired = register("u16", curve="mired", unit="K", range=(1800.0, 6500.0))
    assert all("outside 1800 to 6500" in each.doubt for each in decode("x", mired, [steps]))


@pytest.mark.parametrize(
    ("kind", "others", "wraps_at"),
    [
        ("u16", {"scale": 0.1}, 6553.6),
        ("i16", {}, 65536.0),
        ("i32", {"scale": -1.0}, 4294967296.0),
        ("u32", {"range": (0, 999)}, 1000.0),
        ("f32", {}, None),
    ],
)
def test_a_counter_begins_anew_behind_the_end_of_its_range_or_of_its_type(
    kind: str, others: dict[str, Any], wraps_at: float | None
) -> None:
    assert register(kind, **others).wraps_at == (None if wraps_at is None else pytest.approx(wraps_at))
