"""Numbers in another unit than their key has: "30 cm" of `nearest_mm` -> 300, "2 Go" of `max_mb` -> 2000."""

import re

_KNOWN: dict[str, dict[str, float]] = {
    "percent": {"%": 1, "\u2030": 0.1},
    "days": {"d": 1, "j": 1, "day": 1, "days": 1, "jour": 1, "jours": 1, "h": 1 / 24, "w": 7, "week": 7, "weeks": 7},
    "hours": {"h": 1, "hour": 1, "hours": 1, "heure": 1, "heures": 1, "d": 24, "day": 24, "days": 24, "j": 24},
    "mb": {"kb": 1e-3, "ko": 1e-3, "mb": 1, "mo": 1, "mib": 1.048576, "gb": 1000, "go": 1000, "gib": 1073.741824},
    "mm": {"mm": 1, "cm": 10, "dm": 100, "m": 1000},
    "m": {"mm": 1e-3, "cm": 1e-2, "m": 1, "km": 1000},
    "w": {"w": 1, "watt": 1, "watts": 1, "kw": 1000},
    "kw": {"w": 1e-3, "kw": 1},
    "v": {"v": 1, "volt": 1, "volts": 1, "kv": 1000},
    "lx": {"lx": 1, "lux": 1, "klx": 1000},
    "k": {"k": 1, "kelvin": 1},
    "celsius": {"c": 1, "\u00b0": 1, "\u00b0c": 1},
    "hpa": {"hpa": 1, "mbar": 1, "kpa": 10, "bar": 1000, "pa": 0.01},
}
"""How many of the unit at the end of a key one of each other unit is; in lower case."""

_WHOLE = ("days", "mb", "mm")
"""Units that are counted in whole numbers alone."""

_PREFIXED = re.compile(r"[kKMGcm\u00b5](?:Wh?|V|A|m|g|Pa|lx|bar|VA|var|Hz|s)")


_SIZE = re.compile(r"\s*(\d+)(?:[.,](\d+))?\s*([kmg])i?[bo]?\s*", re.IGNORECASE)
_SIZE_UNITS = {"k": "kB", "m": "MB", "g": "GB"}


def meant_size(text: str) -> str | None:
    """ "50 Mo" -> "50 MB", "1,5 gb" -> "1.5 GB"; None: it is no size."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    return f"{found[1]}{'.' + found[2] if found[2] else ''} {_SIZE_UNITS[found[3].lower()]}"


def unit_of(key: str) -> str:
    """Returns the end of a key by which its unit is known; "": it is not."""
    end = key.rpartition("_")[2]
    return end if end in _KNOWN else ""


def converted(number: str, unit: str, key: str) -> str | None:
    """Returns a number with a unit as the number that the key wants; None: nobody can say which."""
    wanted = unit_of(key)
    if not unit:
        return number
    if not wanted:
        return None if _PREFIXED.fullmatch(unit) else number
    factor = _KNOWN[wanted].get(unit.replace(" ", "").lower())
    if factor is None:
        return None
    right = number if factor == 1 else f"{float(number) * factor:.10g}"
    return None if wanted in _WHOLE and "." in right else right
