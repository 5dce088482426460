"""Units of what is measured: as UCUM writes them, with their code in UN/CEFACT recommendation 20."""

from drivers.quantity import SPELLINGS

UNITS: dict[str, str | None] = {
    "ug/m3": "GQ", "mg/m3": "GP", "Cel": "CEL", "K": "KEL", "%": "P1", "hPa": "A97", "Pa": "PAL", "m/s": "MTS",
    "mm": "MMT", "cm": "CMT", "m": "MTR", "um": "4H", "mm/h": "H67", "deg": "DD", "lx": "LUX", "dB": "2N",
    "dB(A)": None, "dB(C)": None, "V": "VLT", "mV": "2Z", "A": "AMP", "W": "WTT", "kW.h": "KWH", "Hz": "HTZ",
    "s": "SEC", "h": "HUR", "L": "LTR", "m3": "MTQ", "W/m2": "D54", "uS/cm": "G42",
    "[ppm]": "59", "[ppb]": "61", "/cm3": "H50", "/dL": None, "1": "C62",
}  # fmt: skip
"""The weighting of a level has no code of its own: it stands in the name of the quantity."""

AS_PROFILES_WRITE = {
    "ug/m3": "µg/m³", "mg/m3": "mg/m³", "Cel": "°C", "um": "µm", "deg": "°", "W/m2": "W/m²", "kW.h": "kWh",
    "uS/cm": "µS/cm", "L": "l", "m3": "m³", "[ppm]": "ppm", "[ppb]": "ppb", "/cm3": "1/cm³", "/dL": "1/dl",
}  # fmt: skip
"""How a profile writes a unit, where that is another way."""

LEVELS = frozenset({"dB", "dB(A)", "dB(C)"})
ANGLE, PPB, NUMBER = "deg", "[ppb]", "1"

MOLAR_G = {"NO2": 46.0055, "NO": 30.0061, "O3": 47.9982, "SO2": 64.064, "CO": 28.0101}
"""Molar masses, g/mol."""

GAS_CONSTANT, ZERO_K = 8.314462618, 273.15


def readable(unit: str) -> str:
    """A unit in UCUM as people read it."""
    return "" if unit == NUMBER else AS_PROFILES_WRITE.get(unit, unit)


def is_same(unit: str, written: str) -> bool:
    """Whether a unit in UCUM is the one that a profile writes."""
    return SPELLINGS.get(written, written) == AS_PROFILES_WRITE.get(unit, unit)


def micrograms_per_ppb(gas: str, celsius: float, hpa: float) -> float:
    """How many ug/m3 one ppb of a gas is at that temperature and pressure."""
    moles_per_m3 = 100 * hpa / (GAS_CONSTANT * (celsius + ZERO_K))
    return MOLAR_G[gas] * moles_per_m3 * 1e-3
