"""Units as UCUM writes them, with their code in UN/CEFACT recommendation 20."""

import pytest

from agent.trades.sensing.units import AS_PROFILES_WRITE, LEVELS, UNITS, is_same, micrograms_per_ppb, readable

CODES = {
    "microgram per cubic metre": ("ug/m3", "GQ"),
    "milligram per cubic metre": ("mg/m3", "GP"),
    "degree Celsius": ("Cel", "CEL"),
    "kelvin": ("K", "KEL"),
    "percent": ("%", "P1"),
    "hectopascal": ("hPa", "A97"),
    "pascal": ("Pa", "PAL"),
    "metre per second": ("m/s", "MTS"),
    "millimetre": ("mm", "MMT"),
    "centimetre": ("cm", "CMT"),
    "metre": ("m", "MTR"),
    "micrometre": ("um", "4H"),
    "millimetre per hour": ("mm/h", "H67"),
    "degree of angle": ("deg", "DD"),
    "lux": ("lx", "LUX"),
    "decibel": ("dB", "2N"),
    "volt": ("V", "VLT"),
    "millivolt": ("mV", "2Z"),
    "ampere": ("A", "AMP"),
    "watt": ("W", "WTT"),
    "kilowatt hour": ("kW.h", "KWH"),
    "hertz": ("Hz", "HTZ"),
    "second": ("s", "SEC"),
    "hour": ("h", "HUR"),
    "litre": ("L", "LTR"),
    "cubic metre": ("m3", "MTQ"),
    "watt per square metre": ("W/m2", "D54"),
    "microsiemens per centimetre": ("uS/cm", "G42"),
    "part per million": ("[ppm]", "59"),
    "part per billion": ("[ppb]", "61"),
    "reciprocal cubic centimetre": ("/cm3", "H50"),
    "gram per cubic metre": ("g/m3", "A93"),
    "kilopascal": ("kPa", "KPA"),
    "bar": ("bar", "BAR"),
    "kilometre per hour": ("km/h", "KMH"),
    "knot": ("[kn_i]", "KNT"),
    "millimetre per second": ("mm/s", "C16"),
    "metre per second squared": ("m/s2", "MSK"),
    "nanometre": ("nm", "C45"),
    "kilometre": ("km", "KMT"),
    "litre per minute": ("L/min", "L2"),
    "litre per second": ("L/s", "G51"),
    "cubic metre per hour": ("m3/h", "MQH"),
    "milligram per litre": ("mg/L", "M1"),
    "pH": ("[pH]", "Q30"),
    "millisiemens per centimetre": ("mS/cm", "H61"),
    "candela per square metre": ("cd/m2", "A24"),
    "kilohertz": ("kHz", "KHZ"),
    "milliampere": ("mA", "4K"),
    "kilowatt": ("kW", "KWT"),
    "volt ampere": ("V.A", "D46"),
    "var": ("var", "D44"),
    "watt hour": ("W.h", "WHR"),
    "megawatt hour": ("MW.h", "MWH"),
    "minute": ("min", "MIN"),
    "day": ("d", "DAY"),
    "reciprocal minute": ("/min", "C94"),
    "reciprocal hour": ("/h", "H10"),
    "kilogram": ("kg", "KGM"),
    "becquerel per cubic metre": ("Bq/m3", "A19"),
    "microsievert per hour": ("uSv/h", "P72"),
    "one": ("1", "C62"),
}
"""UCUM and UN/CEFACT codes by the names of the recommendation."""


def test_each_unit_has_the_code_of_the_recommendation_or_none() -> None:
    assert {unit: code for unit, code in UNITS.items() if code is not None} == dict(CODES.values())
    assert {unit for unit, code in UNITS.items() if code is None} == {"dB(A)", "dB(C)", "/dL"}
    assert len({code for _, code in CODES.values()}) == len(CODES), "no code is of two units"


def test_what_is_said_of_units_is_of_known_ones() -> None:
    assert AS_PROFILES_WRITE.keys() <= UNITS.keys()
    assert UNITS.keys() >= LEVELS


@pytest.mark.parametrize(
    ("unit", "written"), [("ug/m3", "µg/m³"), ("Cel", "°C"), ("dB(A)", "dB(A)"), ("L/s", "l/s"), ("1", "")]
)
def test_a_unit_is_read_as_people_write_it(unit: str, written: str) -> None:
    assert readable(unit) == written
    assert unit == "1" or (is_same(unit, written) and is_same(unit, unit))


@pytest.mark.parametrize(
    ("gas", "factor"), [("NO2", 1.912), ("O3", 1.995), ("SO2", 2.663), ("NO", 1.247), ("CO", 1.164)]
)
def test_a_ppb_weighs_what_the_directive_says_at_its_temperature_and_pressure(gas: str, factor: float) -> None:
    assert micrograms_per_ppb(gas, 20.0, 1013.0) == pytest.approx(factor, abs=6e-4)
