"""Registers whose power of ten stands in another one, as SunSpec has them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import profile
from drivers.mistakes import ProfileError

METER = """description = "a meter"
[register.active_power_w]
function = 3
address = 16
type = "i16"
exponent = "power_exponent"
unit = "W"
invalid = [0x8000]
[register.power_exponent]
function = 3
address = 17
type = "i16"
invalid = [0x8000]
[register.active_energy_kwh]
function = 3
address = 18
type = "u32"
scale = 0.001
exponent = "energy_exponent"
unit = "kWh"
kind = "counter"
[register.energy_exponent]
function = 3
address = 20
type = "i16"
"""
POWER, EXPONENT = "active_power_w", "power_exponent"


def load(folder: Path, text: str = METER) -> profile.Profile:
    (folder / "own.toml").write_text(text)
    return profile.load("own", folder)


def told(found: profile.Profile, *words: int) -> dict[str, object]:
    bound = found.bind()
    (read,) = bound.reads
    return {each.quantity: each.value for each in bound.told(read, words)}


def test_it_is_multiplied_by_the_power_of_ten_beside_it(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert told(found, 4801, 0xFFFF, 0, 12345, 1) == {POWER: 480.1, "active_energy_kwh": 123.45}
    assert told(found, -48 & 0xFFFF, 2, 1, 0, 0) == {POWER: -4800, "active_energy_kwh": 65.536}


@pytest.mark.parametrize("exponent", [0x8000, 11, -11 & 0xFFFF])
def test_without_one_there_is_no_value(tmp_path: Path, exponent: int) -> None:
    assert told(load(tmp_path), 4801, exponent, 0, 1000, 0) == {"active_energy_kwh": 1}


def test_the_exponent_is_no_quantity_and_a_counter_of_one_never_wraps(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found.quantities == {POWER, "active_energy_kwh"}
    assert found.without_unit == ()
    assert found.tables.register["active_energy_kwh"].wraps_at is None


@given(st.integers(-32767, 32767), st.integers(-10, 10))
def test_any_number_and_any_power(tmp_path_factory: pytest.TempPathFactory, raw: int, power: int) -> None:
    found = load(tmp_path_factory.getbasetemp())
    value = told(found, raw & 0xFFFF, power & 0xFFFF, 0, 0, 0)[POWER]
    assert value == pytest.approx(raw * 10.0**power, abs=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"power_exponent"', '"none"', r"own.toml:6: \[register.active_power_w\] exponent: there is no "),
        ("address = 17", "address = 30", "6: .* exponent: active_power_w and power_exponent are not in one read"),
        ("address = 17", "address = 17\npoll = false", "exponent: .* are not in one read"),
        ('"power_exponent"', '"active_energy_kwh"', "exponent: expected one of type i16, u16"),
        ('unit = "W"', 'unit = "W"\nwrite = 6', "exponent: is for numbers that are only read"),
        ("[register.active", '[[probe]]\nregister = "active_power_w"\nrange = [0, 9]\n[register.active',
         r"exponent: is not for what a \[\[probe\]\] looks at"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=said):
        load(tmp_path, METER.replace(old, new, 1))
