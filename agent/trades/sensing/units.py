"""Units of what is measured: as UCUM writes them, with their code in UN/CEFACT recommendation 20."""

from drivers.quantity import SPELLINGS

UNITS: dict[str, str | None] = {
    "ug/m3": "GQ", "mg/m3": "GP", "g/m3": "A93", "[ppm]": "59", "[ppb]": "61", "/cm3": "H50", "/dL": None,
    "Cel": "CEL", "K": "KEL", "%": "P1", "hPa": "A97", "Pa": "PAL", "kPa": "KPA", "bar": "BAR",
    "m/s": "MTS", "km/h": "KMH", "[kn_i]": "KNT", "mm/s": "C16", "m/s2": "MSK", "mm/h": "H67", "deg": "DD",
    "nm": "C45", "um": "4H", "mm": "MMT", "cm": "CMT", "m": "MTR", "km": "KMT",
    "L": "LTR", "m3": "MTQ", "L/min": "L2", "L/s": "G51", "m3/h": "MQH", "mg/L": "M1", "[pH]": "Q30",
    "uS/cm": "G42", "mS/cm": "H61", "lx": "LUX", "W/m2": "D54", "cd/m2": "A24",
    "dB": "2N", "dB(A)": None, "dB(C)": None, "Hz": "HTZ", "kHz": "KHZ",
    "V": "VLT", "mV": "2Z", "A": "AMP", "mA": "4K", "W": "WTT", "kW": "KWT", "V.A": "D46", "var": "D44",
    "W.h": "WHR", "kW.h": "KWH", "MW.h": "MWH", "s": "SEC", "min": "MIN", "h": "HUR", "d": "DAY", "/min": "C94",
    "/h": "H10", "kg": "KGM", "Bq/m3": "A19", "uSv/h": "P72", "1": "C62",
}  # fmt: skip
"""The weighting of a level has no code of its own: it stands in the name of the quantity."""

AS_PROFILES_WRITE = {
    "ug/m3": "µg/m³", "mg/m3": "mg/m³", "g/m3": "g/m³", "[ppm]": "ppm", "[ppb]": "ppb", "/cm3": "1/cm³",
    "/dL": "1/dl", "Cel": "°C", "[kn_i]": "kn", "m/s2": "m/s²", "deg": "°", "um": "µm", "L": "l", "m3": "m³",
    "L/min": "l/min", "L/s": "l/s", "m3/h": "m³/h", "mg/L": "mg/l", "[pH]": "pH", "uS/cm": "µS/cm", "W/m2": "W/m²",
    "cd/m2": "cd/m²", "V.A": "VA", "W.h": "Wh", "kW.h": "kWh", "MW.h": "MWh", "/min": "1/min", "/h": "1/h",
    "Bq/m3": "Bq/m³", "uSv/h": "µSv/h",
}  # fmt: skip
"""How a profile writes a unit, where that is another way."""

LEVELS = frozenset({"dB", "dB(A)", "dB(C)"})
ANGLE, NUMBER, SPEED, SHARE = "deg", "1", "m/s", "%"
OF_GAS = {"[ppb]": "ug/m3", "[ppm]": "mg/m3"}
"""Shares of a volume, and the mass in which a gas is told for them: a thousand times one is the next of both."""

MOLAR_G = {"NO2": 46.0055, "NO": 30.0061, "O3": 47.9982, "SO2": 64.064, "CO": 28.0101}
"""Molar masses, g/mol."""

GAS_CONSTANT, ZERO_K = 8.314462618, 273.15


def readable(unit: str) -> str:
    """A unit in UCUM as people read it."""
    return "" if unit == NUMBER else AS_PROFILES_WRITE.get(unit, unit)


def is_same(unit: str, written: str) -> bool:
    """Whether a unit in UCUM is the one that a profile writes, its own way or as UCUM does."""
    return unit == written or SPELLINGS.get(written, written) == AS_PROFILES_WRITE.get(unit, unit)


def ucum(written: str) -> str | None:
    """The unit in UCUM that a profile writes its own way; None: there is none here."""
    return next((unit for unit in UNITS if is_same(unit, written)), None)


def micrograms_per_ppb(gas: str, celsius: float, hpa: float) -> float:
    """How many ug/m3 one ppb of a gas is at that temperature and pressure; as many mg/m3 is one ppm."""
    moles_per_m3 = 100 * hpa / (GAS_CONSTANT * (celsius + ZERO_K))
    return MOLAR_G[gas] * moles_per_m3 * 1e-3
