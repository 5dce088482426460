"""What `check` says of positions, renames and groups."""

import sys
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.crosscheck.timezones import city, off_sun_h
from agent.configuration import examine

Errors = Callable[[str], list[str]]
Spoil = Callable[..., list[str]]

POLE = '[pole]\nid = "p"\nsite = "s"\nlatitude = {}\nlongitude = {}\ntimezone = "{}"\n[uplink]\nhost = "127.0.0.1"\n'


@pytest.fixture
def said(written: Callable[[str], Path], errors: Errors) -> Callable[[float, float, str], list[str]]:
    """What is wrong with a pole there, and what is worth a look."""

    def say(latitude: float, longitude: float, timezone: str) -> list[str]:
        text = POLE.format(latitude, longitude, timezone)
        if wrong := errors(text):
            return [f"error {line}" for line in wrong]
        file = written(text)
        return [line.removeprefix(f"{file}:") for line in examine(file).warnings]

    return say


@pytest.mark.parametrize(
    ("latitude", "longitude", "timezone"),
    [
        (45.76, 4.84, "Europe/Paris"),
        (50.63, 3.06, "Europe/Paris"),  # Lille lies nearer to Brussels
        (42.88, -8.54, "Europe/Madrid"),
        (39.47, 75.99, "Asia/Shanghai"),
        (-50.34, -72.27, "America/Argentina/Rio_Gallegos"),
        (-31.7, -65.0, "America/Argentina/Buenos_Aires"),
        (1.87, -157.4, "Pacific/Kiritimati"),
        (-13.8, -171.8, "Pacific/Apia"),
        (64.1, -21.9, "Atlantic/Reykjavik"),
        (64.5, -165.4, "America/Nome"),
        (30.04, 31.24, "Africa/Cairo"),  # the other way round it is in Egypt too
        (35.0, 135.7, "UTC"),
    ],
)
def test_a_place_where_people_live_is_none_to_look_at(
    said: Callable[..., list[str]], latitude: float, longitude: float, timezone: str
) -> None:
    assert said(latitude, longitude, timezone) == []


@pytest.mark.parametrize(
    ("latitude", "longitude", "timezone"),
    [
        (4.84, 45.76, "Europe/Paris"),
        (76.0, 39.5, "Asia/Shanghai"),
        (55.5, -21.1, "Indian/Reunion"),
        (77.2, 28.6, "Asia/Kolkata"),
        (77.2, 28.6, "Asia/Calcutta"),  # a name that the table of cities does not have
    ],
)
def test_a_swapped_pair_is_an_error(
    said: Callable[..., list[str]], latitude: float, longitude: float, timezone: str
) -> None:
    (line,) = said(latitude, longitude, timezone)
    assert line == (
        f"error 4: [pole] latitude: {latitude:g}, {longitude:g} is far from the time zone {timezone}; the other way "
        f"round it is not; expected latitude = {longitude:g}, longitude = {latitude:g}, unless the time zone "
        f"{timezone} is wrong"
    )


def test_clocks_that_are_hours_off_the_sun_are_worth_a_look(said: Callable[..., list[str]]) -> None:
    (line,) = said(4.92, -52.31, "Europe/Paris")
    assert line == (
        "6: [pole] timezone: clocks in Europe/Paris are 4.5 h off the sun at longitude -52.31; check both: dimming at "
        "fixed hours follows the clocks"
    )


def test_cities_are_known_without_the_package_of_time_zones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "zone.tab").write_text("# a table\nFR\t+4852+00220\tEurope/Paris\n")
    monkeypatch.setitem(sys.modules, "tzdata", None)
    monkeypatch.setattr(zoneinfo, "TZPATH", ("/nowhere", str(tmp_path)))
    where = city("Europe/Paris")
    assert where is not None and round(where.latitude, 2) == 48.87
    monkeypatch.setattr(zoneinfo, "TZPATH", ("/nowhere",))
    assert city("Europe/Paris") is None


def test_every_zone_with_a_city_is_within_three_hours_of_the_sun_there() -> None:
    for name in ("Asia/Urumqi", "Atlantic/Canary", "America/Dawson", "Europe/Lisbon"):
        where = city(name)
        assert where is not None
        assert off_sun_h(name, where.longitude) < 3.0


BAY = 'limit = "30min"'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("offset_m = [120.0, -160.0]", None),
        (
            "offset_m = [121, -160]",
            "27: [bay.bay-1] offset_m: 201 m from the pole; expected at most 200 m to the east and north; latitude and "
            "longitude for what is farther",
        ),
        ("offset_m = [nan, 0.0]", "27: [bay.bay-1] offset_m"),
        ("latitude = 45.7", "27: [bay.bay-1] latitude: stands without longitude; expected both, or neither"),
        ("longitude = 4.8", "27: [bay.bay-1] longitude: stands without latitude; expected both, or neither"),
        ("latitude = 45.71\nlongitude = 4.81", None),
        (
            "latitude = 45.7\nlongitude = 4.8\noffset_m = [1, 1]",
            "29: [bay.bay-1] offset_m: stands beside latitude; expected one of the two",
        ),
        (
            "latitude = 4.81\nlongitude = 45.71",
            "27: [bay.bay-1] latitude: 4.81, 45.71 is far from the pole; the other way round it is not; expected "
            "latitude = 45.71, longitude = 4.81, unless the pole is wrong",
        ),
        ('reference = ""', "27: [bay.bay-1] reference:"),
        ('reference = "' + "x" * 121 + '"', "27: [bay.bay-1] reference:"),
        ('formerly = "no name"', "27: [bay.bay-1] formerly:"),
        (
            'group = "market"',
            '27: [bay.bay-1] group: is no key any more; write [group.market] with kind = "parking" and members = '
            '["bay-1", ...]',
        ),
    ],
)
def test_a_place_says_where_it_is_once_and_near_the_pole(spoil: Spoil, line: str, words: str | None) -> None:
    told = spoil(BAY, line)
    assert (told == []) if words is None else ([each[: len(words)] for each in told] == [words])


def test_what_is_far_from_the_pole_is_worth_a_look(written: Callable[[str], Path], sound: str) -> None:
    file = written(sound.replace(BAY, "latitude = 48.85\nlongitude = 2.35"))
    warnings = [line.removeprefix(f"{file}:") for line in examine(file).warnings]
    assert "27: [bay.bay-1] latitude: 396 km from the pole; check latitude and longitude of both" in warnings


@pytest.mark.parametrize(
    ("sensor", "where", "told"),
    [
        ('kind = "a02"\nport = "/dev/ttyX1"', "latitude = 45.72\nlongitude = 4.8", True),
        ('kind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 3', "latitude = 45.72\nlongitude = 4.8", True),
        (
            'kind = "modbus"\nline = "rs485"\nunit = 9\nprofile = "dfrobot-sen0310"',
            "latitude = 45.72\nlongitude = 4.8",
            True,
        ),
        (
            'kind = "modbus"\nline = "net"\nunit = 9\nprofile = "dfrobot-sen0310"',
            "latitude = 45.72\nlongitude = 4.8",
            False,
        ),
        (
            'kind = "lorawan"\nnetwork = "town"\ndev_eui = "70b3d5a1c0de0001"\nmodel = "bosch-tps110"',
            "latitude = 45.72\nlongitude = 4.8",
            False,
        ),
        ('kind = "a02"\nport = "/dev/ttyX1"', "latitude = 45.709\nlongitude = 4.8", False),
    ],
)
def test_what_hangs_on_a_wire_of_the_pole_is_not_kilometres_away(
    written: Callable[[str], Path], sound: str, sensor: str, where: str, told: bool
) -> None:
    text = sound.replace('kind = "a02"\nport = "/dev/ttyX1"', sensor).replace(BAY, where)
    file = written(text + '[line.net]\nkind = "tcp"\nhost = "192.0.2.1"\n[lorawan.town]\nhost = "127.0.0.1"\n')
    words = "[bay.bay-1] latitude: 2.2 km from the pole, on whose wires it is"
    assert any(words in line for line in examine(file).warnings) is told


def test_a_dali_group_has_a_key_of_its_own(spoil: Spoil) -> None:
    assert spoil("channel = 0", "channel = 0\ngroup = 3") == [
        "16: [lamp.lamp-1] group: is no key any more; write dali_group = 3"
    ]


SECOND = '[sensor.ultra-2]\nkind = "a02"\nport = "/dev/ttyX2"\n[bay.bay-2]\nsensor = "ultra-2"\n'


def test_a_name_that_is_still_there_is_no_former_one(errors: Errors, sound: str) -> None:
    assert errors(sound + SECOND + 'formerly = "bay-1"\n') == [
        '41: [bay.bay-2] formerly: "bay-1" is still there: [bay.bay-1] on line 25; expected a name that nothing has '
        "any more; to exchange two names, restart with a third between"
    ]
    assert errors(sound + SECOND + 'formerly = "bay-2"\n')[0].startswith('41: [bay.bay-2] formerly: "bay-2" is still')
    assert errors(sound + SECOND + 'formerly = "ultra-1"\n') == [], "that is a sensor, not a bay"


def test_two_cannot_have_been_one(errors: Errors, sound: str) -> None:
    both = sound.replace(BAY, 'formerly = "old"') + SECOND + 'formerly = "old"\n'
    assert errors(both) == [
        '41: [bay.bay-2] formerly: [bay.bay-1] on line 25 was "old" too; expected one new name for each old one'
    ]


def test_the_pole_itself_may_have_had_another_id(spoil: Spoil) -> None:
    assert spoil('id = "pole-1"', 'id = "pole-1"\nformerly = "pole-0"') == []
    (line,) = spoil('id = "pole-1"', 'id = "pole-1"\nformerly = "pole-1"')
    assert line.startswith('3: [pole] formerly: "pole-1" is still there: [pole] on line 1')


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ('[group.g]\nkind = "parking"\nmembers = ["bay-1"]\n', None),
        ('[group.g]\nkind = "lighting"\nmembers = ["lamp-1"]\narea = "old town"\n', None),
        (
            '[group.g]\nkind = "park"\nmembers = ["bay-1"]\n',
            '37: [group.g] kind: "park" is no kind of group; expected one of "parking", "lighting"; did you mean '
            '"parking"?',
        ),
        (
            '[group.g]\nkind = "parking"\nmembers = ["bay-1", "lamp-1"]\n',
            '38: [group.g] members entry 2: there is no [bay.lamp-1]; expected "bay-1"',
        ),
        (
            '[group.g]\nkind = "parking"\nmembers = ["bay-1", "bay-1"]\n',
            '38: [group.g] members entry 2: "bay-1" stands there twice',
        ),
        ('[group.g]\nkind = "parking"\nmembers = []\n', "38: [group.g] members:"),
        ('[group.bay-1]\nkind = "parking"\nmembers = ["bay-1"]\n', "36: [group.bay-1]: [bay.bay-1] on line 25"),
        (
            '[group.g]\nkind = "parking"\nmembers = ["bay-1"]\n[group.h]\nkind = "parking"\nmembers = ["bay-1"]\n',
            '41: [group.h] members entry 1: "bay-1" is counted in [group.g] on line 36 already; expected one group of '
            "bays for each bay",
        ),
        (
            '[group.g]\nkind = "lighting"\nmembers = ["lamp-1"]\n[group.h]\nkind = "lighting"\nmembers = ["lamp-1"]\n',
            None,
        ),
    ],
)
def test_a_group_has_members_of_its_kind(errors: Errors, sound: str, group: str, words: str | None) -> None:
    told = errors(sound + group)
    assert (told == []) if words is None else ([each[: len(words)] for each in told] == [words])


LIGHTS = '[group.lights]\nkind = "lighting"\nmembers = ["lamp-1"]\n'


def test_a_lamp_follows_one_program(errors: Errors, sound: str) -> None:
    alone = sound.replace('program = "street"\n', "") + LIGHTS
    street = alone.replace('on = "sunset"', 'on = "sunset"\ngroups = ["lights"]')
    assert errors(street) == []
    assert errors(street + '[program.path]\ngroups = ["lights"]\n') == [
        "40: [program.path] groups entry 1: lamp-1 follows [program.street] on line 16 already, by a group too; "
        "expected one program for each lamp, or its own key program"
    ]
    assert errors(sound + LIGHTS + '[program.path]\ngroups = ["lights"]\n') == [], "its own goes before"
    assert errors(sound + LIGHTS + '[program.path]\ngroups = ["light"]\n') == [
        '40: [program.path] groups entry 1: there is no [group.light] with kind = "lighting"; expected "lights"; did '
        'you mean "lights"?'
    ]


def test_presence_may_be_that_of_a_group_of_bays(errors: Errors, sound: str) -> None:
    bays = '[group.bays]\nkind = "parking"\nmembers = ["bay-1"]\n'
    by = '[program.path]\npresence = [{{ by = ["{}"] }}]\n'
    assert errors(sound + bays + by.format("bays")) == []
    (line,) = errors(sound + LIGHTS + by.format("lights"))
    assert 'there is no "lights"' in line
