"""config/lamppost.toml: it loads, names every key there is, and its commented keys are the defaults."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from agent.calendars import WindowOptions
from agent.config.reader import tables
from agent.configuration import FILE, examine
from drivers import profile
from drivers.options import Options, decode
from drivers.place import Placed

SAMPLE = Path(__file__).parents[3] / "config" / "lamppost.toml"

NO_DEFAULT = {"username", "password_file", "ca_file", "certificate_file", "key_file", "port", "dali_group"} | {
    "command_key", "led", "monthly_budget", "client_id", "commands",
    "photocell", "lux", "faults", "night", "heartbeat", "rules_file", "article", "fine_class", "nominal_voltage_v",
    "jurisdiction", "setting", "index", "pollutant", "school_holidays_file", "school_holidays_named", "no_return",
    "street", "address", "area", "label", "reference", "formerly", "latitude", "longitude", "offset_m",
    "legal_basis", "dpia_reference", "controller", "valid_until",
}  # fmt: skip
"""Commented keys that stand for an example: without a default, or with one that depends on another key."""

PLACED = set(Placed.__struct_encode_fields__)
"""Keys that many tables have, and that the sample shows at a bay."""

BY_ANOTHER = {
    "[bay.NAME]": {"decide_by", "empty_field", "votes", "votes_of", "dwell", "silence", "quickest_swap", "presumed"},
    "[lamp.NAME.faults]": {"name", "event", "quantity", "above", "below", "ends"},
    "[lamp.NAME]": {"device_id", "default_colour_temperature_k"},
    "[line.NAME]": {"in_flight"},
    "[lorawan.NAME]": {"topic"},
    "[meter.NAME.faults]": {"name", "event", "quantity", "above", "below", "ends"},
    "[program.NAME]": {"colour_temperature_k", "steps"},
    "[program.NAME.steps]": {"at", "level_percent", "colour_temperature_k"},
    "[program.NAME.lux]": {"quantity", "on_below_lx", "off_above_lx"},
    "[station.NAME.quantity.NAME.calibration]": {"date", "who", "report"},
    "[station.NAME.quantity.NAME.threshold]": {
        *("name", "above", "below", "ends", "over", "hours", "days", "from", "to", "source"),
    },
    "[station.NAME]": {"maintenance"},
    "[sensing]": {"lden_hours"},
    "[station.NAME.maintenance]": {"device", "what", "hours"},
    "[station.NAME.quantity.NAME]": {
        "resolution", "valid", "saturated", "gas", "celsius", "hpa", "speed", "humidity", "doubtful_above", "fastest",
        "stuck", "wraps", "kappa", "speed_device", "humidity_device", "calibrate_every", "calibration", "threshold",
    },
    "[sensor.NAME]": {"device_id", "baud", "silence", "debounce", "supply_chip", "supply_offset"},
}  # fmt: skip
"""Keys of one table of which the same holds."""


def opened() -> dict[str, Any]:
    """The sample with every commented key and table in force; a comment in prose has a blank after its #."""
    return tomllib.loads(re.sub(r"^#(?=[a-z0-9_]+ = |\[)", "", SAMPLE.read_text(), flags=re.MULTILINE))


def kinds_of(header: str) -> list[type[Options]]:
    return [kind for name, kind in tables(FILE) if name == header]


def stanzas(document: dict[str, Any], header: str) -> list[dict[str, Any]]:
    """Every table of the sample that stands under a header such as [lamp.NAME] or [program.NAME.steps]."""
    found: list[Any] = [document]
    for part in header.strip("[]").split("."):
        found = [each for table in found for each in (table.values() if part == "NAME" else [table.get(part, {})])]
        found = [one for each in found for one in (each if isinstance(each, list) else [each])]
    return found


def is_of(kind: type[Options], stanza: dict[str, Any]) -> bool:
    """Whether a table of the sample is of that kind."""
    tag = kind.__struct_config__.tag
    return tag in (None, stanza.get("kind")) or (kind.USUAL and "kind" not in stanza)


def shared(header: str) -> set[str]:
    """Keys that every kind of a table has alike: the sample shows them at one."""
    alike = [
        {each.encode_name: (each.type, each.default) for each in structs.fields(kind)} for kind in kinds_of(header)
    ]
    return {key for key, told in alike[0].items() if all(other.get(key) == told for other in alike)}


def test_the_sample_loads_on_any_machine() -> None:
    found = examine(SAMPLE, date(2026, 1, 1))
    config, warnings = found.config, found.warnings
    assert set(config.lamp) == {"lamp-1", "lamp-2", "path-light", "car-park", "depot"}
    assert all("lamppost models fetch" in warning for warning in warnings)


@pytest.mark.parametrize("sample", sorted(SAMPLE.parent.glob("samples/*.toml")), ids=lambda sample: sample.stem)
def test_a_sample_pole_loads_without_a_warning(sample: Path) -> None:
    warnings = examine(sample).warnings
    assert all("lamppost models fetch" in warning for warning in warnings), "of a machine without weights"
    assert not warnings or "[camera." in sample.read_text()


def test_the_sample_names_every_key_of_every_table() -> None:
    document = opened()
    for header, kind in tables(FILE):
        named = {key for each in stanzas(document, header) if is_of(kind, each) for key in each}
        named |= {key for each in stanzas(document, header) for key in each if key in shared(header)}
        inside = {key for key in kind.__struct_encode_fields__ if kinds_of(f"{header[:-1]}.{key}]")}
        shown_once = PLACED if issubclass(kind, Placed) and header != "[bay.NAME]" else set()
        if kind is WindowOptions and header != "[rule.NAME.windows]":
            shown_once = set(kind.__struct_encode_fields__)
        assert set(kind.__struct_encode_fields__) - inside - shown_once <= named, header


def test_a_commented_key_shows_its_default() -> None:
    given, document = tomllib.loads(SAMPLE.read_text()), opened()
    checked = 0
    for header, kind in tables(FILE):
        fields = {field.encode_name: field for field in structs.fields(kind)}
        before = stanzas(given, header)
        for number, stanza in enumerate(stanzas(document, header)):
            examples = NO_DEFAULT | BY_ANOTHER.get(header, set())
            commented = stanza.keys() - (before[number].keys() if number < len(before) else set())
            for key in commented - examples if is_of(kind, stanza) else ():
                if not isinstance(stanza[key], dict):
                    assert msgspec.convert(stanza[key], fields[key].type, dec_hook=decode) == fields[key].default, key
                    checked += 1
    assert checked > 25


def test_every_value_a_word_may_have_is_listed() -> None:
    text = SAMPLE.read_text()
    for header, kind in tables(FILE):
        for field in structs.fields(kind):
            info = msgspec.inspect.type_info(field.type)
            for word in getattr(info, "values", ()):
                assert re.search(rf"\b{re.escape(str(word))}\b", text), f"{header} {field.encode_name} {word}"


def test_every_shipped_profile_of_a_lamp_is_listed_with_its_parameters() -> None:
    for name in profile.names():
        shipped = profile.load(name)
        (line,) = re.findall(rf'^#   "{name}" .*', SAMPLE.read_text(), flags=re.MULTILINE) or [""]
        assert shipped.tables.lamp is None or line, name
        assert all(parameter in line for parameter in shipped.parameters) or shipped.tables.lamp is None, name


def test_every_shipped_profile_of_a_meter_is_listed() -> None:
    for name in profile.names():
        assert profile.load(name).tables.lamp or f'"{name}"' in SAMPLE.read_text(), name


def test_lines_fit_a_screen() -> None:
    assert max(len(line) for line in SAMPLE.read_text().splitlines()) <= 120
