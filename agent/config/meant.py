"""Values as a technician writes them elsewhere -> as the file has them: "9 600", "12,5 kW", "90 jours", "oui"."""

import re
from collections.abc import Iterable

from msgspec import Struct

from agent.config.units import converted, unit_of
from drivers.options import Seconds

_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
_NUMBER = re.compile(r"(?!0[xob])([+-]?)\s*(\d{1,3}(?:[ '\u2019]\d{3})+|\d+)?(?:[.,](\d*))?\s*(.{0,12})")
_UNIT = re.compile(r"%|[^\W\d_/]{1,6}(?:/[^\W\d_]{1,3})?|[\u00b0\u20ac\u03a9]\s*[CFKEWNSO]?")
_ANGLE = re.compile(
    r"([+-]?\d{1,3})\s*\u00b0\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['\u2032\u2019]\s*)?"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|\u2033|\u201d|'')\s*)?([NSEWO]?)"
)
_SOUTH_OR_WEST = ("S", "W", "O")

_DURATION = re.compile(r"(?:(\d+(?:[.,]\d+)?)\s*([a-z\u00e9]+|['\u2032])\.?\s*)+")
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z\u00e9]+|['\u2032])\.?\s*")
_HOURS = re.compile(r"(\d+)\s*[h:]\s*(\d\d)(?:\s*(?:min|mn|m))?")
_ISO = re.compile(r"p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")
_DURATION_UNITS: dict[str, tuple[str, ...]] = {
    "ms": ("ms", "msec", "millisecondes", "milliseconds"),
    "s": ("s", "sec", "secs", "seconde", "secondes", "second", "seconds", "seconden"),
    "min": ("m", "min", "mn", "mins", "minute", "minutes", "minuten", "'", "\u2032"),
    "h": ("h", "hr", "hrs", "heure", "heures", "hour", "hours", "uur", "stunden", "stunde"),
    "d": ("d", "j", "jr", "jrs", "jour", "jours", "day", "days", "dag", "dagen", "tag", "tage"),
}
_WEEKS = ("w", "sem", "semaine", "semaines", "week", "weeks", "weken")

_SWITCHES = {
    "true": ("true", "yes", "y", "on", "oui", "o", "vrai", "actif", "ja", "waar", "wahr", "1"),
    "false": ("false", "no", "n", "off", "non", "faux", "inactif", "nee", "nein", "onwaar", "falsch", "0"),
}

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "N": ("none", "no", "off", "aucune", "sans", "non", "keine", "geen"),
    "E": ("even", "paire", "pair", "gerade"),
    "O": ("odd", "impaire", "impair", "ungerade", "oneven"),
    "even": ("paire", "pair", "paires", "pairs", "gerade"),
    "odd": ("impaire", "impair", "impaires", "impairs", "ungerade", "oneven"),
    "none": ("no", "off", "aucun", "aucune", "sans"),
    "high": ("haut", "h", "hoch", "hoog"),
    "low": ("bas", "l", "niedrig", "laag"),
    "pull-up": ("up", "pu"),
    "pull-down": ("down", "pd"),
    "disabled": ("none", "no", "off", "floating"),
    "serial": ("rtu", "modbus-rtu", "rs485", "rs-485", "rs232", "rs-232", "uart", "usb", "s\u00e9rie"),
    "tcp": ("modbus-tcp", "ethernet", "mbap"),
    "rtu": ("modbus-rtu",),
    "big": ("be", "msb", "abcd"),
    "little": ("le", "lsb", "dcba"),
    "f32": ("float", "float32", "real"),
    "f64": ("double", "float64"),
    "coil": ("bool", "bit"),
    "5": ("5.0", "mqtt5", "v5"),
    "3.1.1": ("3", "3.1", "4", "v3", "mqtt3", "311"),
    "fr": ("france", "fran\u00e7ais"),
    "fr-alsace-moselle": ("alsace", "moselle", "alsace-moselle"),
    "be": ("belgium", "belgique", "belgi\u00eb"),
    "es": ("spain", "espagne", "espa\u00f1a"),
    "de": ("germany", "allemagne", "deutschland"),
    "tts": ("ttn", "the-things-stack", "the-things-network", "things-stack"),
    "thingpark": ("actility",),
    "chirpstack-v3": ("chirpstack-3",),
    "chirpstack-protobuf": ("protobuf",),
    "ntp": ("chrony", "timesyncd", "systemd-timesyncd"),
}
"""Word of the file -> what stands for it elsewhere, where the file has that word."""

_FRAMING = re.compile(r"\d*([neo])\d?")
"""Of a serial line: "8N1"."""

_NOTHING = ("n/a", "n.a.", "null", "nil", "n\u00e9ant", "-", "--", "/", "?", "???")


class Number(Struct, frozen=True):
    """
    Args:
        text: as TOML has it; None: in a unit of which nobody can say how much of the wanted one it is.
        unit: what stood behind it; "": nothing.
    """

    text: str | None
    unit: str = ""


def meant_number(text: str, key: str = "") -> Number | None:
    """ "12,5" -> 12.5, "9 600" -> 9600, "50 %" -> 50, "45\u00b046'N" -> 45.7667; None: it is no number.

    Args:
        key: that has it: "30 cm" of a key in mm -> 300; "": it is not known.
    """
    plain = text.translate(_SIGNS).strip()
    if (degrees := _degrees(plain)) is not None:
        return Number(degrees, "\u00b0")
    found = _NUMBER.fullmatch(plain)
    if found is None or not (found[2] or found[3]):
        return None
    sign, whole, decimals, unit = found.groups()
    if (unit == "W" and not unit_of(key)) or (unit and not _UNIT.fullmatch(unit)):  # watts, or west
        return None
    if unit and not unit_of(key) and unit[-1] in _SOUTH_OR_WEST and unit.strip("\u00b0 ") in _SOUTH_OR_WEST:
        sign = "" if sign == "-" else "-"
    whole = re.sub(r"\D", "", whole or "").lstrip("0") or "0"
    number = sign.replace("+", "") + whole + ("" if decimals is None else f".{decimals or 0}")
    return Number(converted(number, unit, key), unit)


def _degrees(text: str) -> str | None:
    """Degrees, minutes and seconds as decimal degrees; None: there are no minutes."""
    found = _ANGLE.fullmatch(text)
    if found is None or not found[2]:
        return None
    minutes, seconds = (float((each or "0").replace(",", ".")) for each in found.groups()[1:3])
    size = abs(int(found[1])) + minutes / 60 + seconds / 3600
    negative = found[1].startswith("-") or found[4] in _SOUTH_OR_WEST
    return f"{-size if negative else size:.6g}"


def meant_duration(text: str) -> str | None:
    """ "0,5 s" -> "0.5s", "1h30" -> "1h 30min", "90 jours" -> "90d", "PT5M" -> "5min"; None: it is none, or right."""
    plain = text.strip().lower()
    if _is_duration(plain):
        return None
    if hours := _HOURS.fullmatch(plain):
        return f"{int(hours[1])}h {int(hours[2])}min"
    if (iso := _ISO.fullmatch(plain)) and any(iso.groups()):
        parts = zip(iso.groups(), ("d", "h", "min", "s"), strict=True)
        return " ".join(f"{number}{unit}" for number, unit in parts if number)
    if not _DURATION.fullmatch(plain):
        return None
    said = [_part(number.replace(",", "."), unit) for number, unit in _PART.findall(plain)]
    return None if None in said else " ".join(each for each in said if each is not None)


def _is_duration(text: str) -> bool:
    try:
        Seconds.parse(text)
    except ValueError:
        return False
    return True


def _part(number: str, word: str) -> str | None:
    if word in _WEEKS:
        return f"{float(number) * 7:g}d"
    return next((f"{number}{unit}" for unit, words in _DURATION_UNITS.items() if word in words), None)


def meant_switch(text: str) -> str | None:
    """ "oui" or "True" -> "true"; None: it is neither true nor false."""
    word = text.strip().lower()
    return next((switch for switch, words in _SWITCHES.items() if word in words), None)


def meant_digits(text: str) -> str | None:
    """ "70:B3:D5:A1" or "0x70b3 d5a1" -> "70b3d5a1"; None: there are other characters."""
    digits = re.sub(r"[\s:._-]", "", text.translate(_SIGNS).strip().lower().removeprefix("0x"))
    return digits if re.fullmatch("[0-9a-f]+", digits) else None


def is_nothing(text: str) -> bool:
    """Whether it is how one says elsewhere that there is no value."""
    return text.strip().lower() in _NOTHING


def meant_word(text: str, words: Iterable[str]) -> str | None:
    """ "even" -> "E", "8N1" -> "N", "high level" -> "high", "Pull Up" -> "pull-up"; None: it is none of these.

    Args:
        words: of which it should be one.
    """
    by_plain = {each.lower(): each for each in words}
    plain = re.sub(r"[\s_]+", "-", text.strip().lower())
    if plain in by_plain:
        return by_plain[plain]
    if (known := next((each for each in by_plain.values() if plain in _SYNONYMS.get(each, ())), None)) is not None:
        return known
    if (framing := _FRAMING.fullmatch(plain)) and len(plain) > 1 and {"n", "e", "o"} <= by_plain.keys():
        return by_plain[framing[1]]
    inside = [each for each in by_plain if re.search(rf"(?<![^\W_]){re.escape(each)}(?![^\W_])", plain)]
    return by_plain[inside[0]] if len(inside) == 1 else None
