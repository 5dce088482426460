"""Every wrong key of every table, in words for a technician, with its line; all of them in one run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.problems import Report
from agent.config.reader import read_table, tables
from agent.configuration import FILE, ConfigError, load
from drivers.line import SerialLine, TcpLine
from drivers.options import Options, Seconds

Errors = Callable[[str], list[str]]
Spoil = Callable[[str, str], list[str]]
Written = Callable[[str | bytes], Path]

CASES = [
    block.split("\n")
    for block in Path(__file__).with_name("wrong_values.txt").read_text().strip().split("\n\n")
    if not block.startswith("#")
]
every_case = pytest.mark.parametrize("case", CASES, ids=[" ".join(case[1:-1])[:40] for case in CASES])


@every_case
def test_a_wrong_value_is_told_in_words_with_its_line(spoil: Spoil, case: list[str]) -> None:
    line, *spoiled, said = case
    assert said in spoil(line, "\n".join(spoiled))


@every_case
def test_a_wrong_value_is_told_once(spoil: Spoil, case: list[str]) -> None:
    """One mistake, one line; only what names a table that is not there any more may follow from it."""
    line, *spoiled, said = case
    others = [each for each in spoil(line, "\n".join(spoiled)) if each != said]
    assert all("there is no [" in each for each in others)


def test_a_name_in_two_brackets_is_named_as_such(spoil: Spoil) -> None:
    (said,) = spoil("[lamp.lamp-1]", "[[lamp.lamp-1]]")
    assert said.endswith("the name stands in two brackets; expected [lamp.lamp-1], once for each name")


def test_where_no_key_is_known_none_is_expected(tmp_path: Path) -> None:
    report = Report(tmp_path, {})
    read_table({"now": 1}, report, Options, ("a",))
    assert report.errors == ("[a] now: unknown key; expected none",)


@pytest.mark.parametrize(
    ("line", "spoiled", "meant"),
    [
        (
            'limit = "30min"',
            'limt = "30min"',
            'limt: unknown key; expected one of "sensor", "also", "rule", "category", ',
        ),
        (
            'limit = "30min"',
            'limit_s = "30min"',
            'limit_s: unknown key; expected one of "sensor", "also", "rule", "category", ',
        ),
        ('limit = "30min"', 'occupied_below = "1"', 'occupied_below: unknown key; expected one of "sensor", '),
        (
            'port = "/dev/ttyX0"',
            'port = "/dev/ttyX0"\nkinds = "x"',
            'kinds: unknown key; expected one of "kind", "port", ',
        ),
    ],
)
def test_an_unknown_key_names_the_known_ones_and_the_nearest(spoil: Spoil, line: str, spoiled: str, meant: str) -> None:
    (said,) = [each for each in spoil(line, spoiled) if "unknown key" in each]
    nearest = {"limt": "limit", "limit_s": "limit", "occupied_below": "occupied_below_mm", "kinds": "kind"}
    assert meant in said
    assert said.endswith(f'did you mean "{nearest[meant.partition(":")[0]]}"?')


def test_a_key_in_the_wrong_table_is_told_where_it_belongs(spoil: Spoil) -> None:
    (said,) = spoil("unit = 1", 'unit = 1\nparity = "E"')
    assert said.endswith('("parity" belongs in [line.NAME])')


def test_all_errors_of_a_file_in_one_run(errors: Errors, sound: str) -> None:
    text = (
        sound.replace("latitude = 45.7", 'latitude = "45.7"')
        .replace("unit = 1", "unit = 0\nlevel = 3")
        .replace('program = "street"', 'program = "strasse"')
        .replace("[kerb]", "[curb]")
        .replace('sensor = "ultra-1"', 'sensor = "ultra"')
        .replace("[100, 100]]", "[9000, 100]]")
        .replace('host = "127.0.0.1"', 'host = "broker.example"')
    )
    wrong = [each.split(";")[0] for each in errors(text)]
    assert wrong == [
        '4: [pole] latitude: "45.7" is text',
        '7: [uplink] host: "broker.example" is another host, and there is no [uplink.tls]',
        "13: [lamp.lamp-1] unit: 0 is out of range",
        "14: [lamp.lamp-1] level: unknown key",
        "17: [lamp.lamp-1] program: there is no [program.strasse]",
        "27: [bay.bay-1] sensor: there is no [sensor.ultra]",
        "34: [zone.bus-stop] polygon entry 3: (9000, 100) lies outside the picture of 1280 x 720 px",
        "35: [curb]: unknown table",
    ]


def test_every_line_of_an_error_begins_with_file_and_line(written: Written, sound: str) -> None:
    file = written(sound.replace("unit = 1", "unit = 0").replace("= 45.7", "= 95"))
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{file}:4", f"{file}:13"]


def test_the_structs_hold_what_the_file_says_and_the_defaults(written: Written, sound: str) -> None:
    config = load(written(sound))
    assert config.line == {"rs485": SerialLine(port="/dev/ttyX0")}
    assert config.bay["bay-1"].limit_s == 1800.0
    assert isinstance(config.bay["bay-1"].limit_s, Seconds)
    assert config.program["street"].steps[0].at == "23:00"
    assert config.zone["bus-stop"].polygon == ((0, 0), (100, 0), (100, 100))
    assert (config.store.max_mb, config.kerb.minimum_count, config.uplink[""].tls) == (256, 5, None)


def test_a_kind_chooses_the_struct(written: Written, sound: str) -> None:
    text = sound.replace('kind = "serial"\nport = "/dev/ttyX0"', 'kind = "tcp"\nhost = "127.0.0.1"\nport = 1502')
    assert load(written(text)).line == {"rs485": TcpLine(host="127.0.0.1", port=1502)}


def test_a_configuration_needs_only_a_pole_and_a_broker(written: Written, sound: str) -> None:
    config = load(written(sound[: sound.index("[line.rs485]")]))
    assert (config.lamp, config.bay, config.zone) == ({}, {}, {})


def test_every_kind_of_table_is_known() -> None:
    headers = {header for header, _ in tables(FILE)}
    single = {"pole", "uplink", "store", "kerb", "parking", "sensing", "sensor_health"}
    named = set(FILE.__struct_encode_fields__) - single
    assert {f"[{name}]" for name in single} | {f"[{name}.NAME]" for name in named} <= headers
    assert {"[uplink.tls]", "[kerb.authorisation]", "[program.NAME.steps]"} <= headers
