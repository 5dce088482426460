"""Profiles in files: the shipped ones are right, and what is wrong is named with its line."""

import json
from pathlib import Path

import pytest

from drivers import profile
from drivers.profile import ProfileError

GOOD = """\
description = "a lamp"
parameters = { channel = [0, 3] }
max_gap = 2

[register.level]
function = 3
address = "10*channel + 1"
type = "u16"
range = [0, 100]
write = 6

[register.on]
function = 1
address = "channel"
type = "coil"
write = 5

[lamp]
level = "level"
switch = "on"
settle = "2s"
"""


def load(folder: Path, text: str) -> profile.Profile:
    (folder / "own.toml").write_text(text)
    return profile.load("own", folder)


@pytest.mark.parametrize("name", profile.names())
def test_each_shipped_profile_loads_and_fits_its_devices(name: str) -> None:
    shipped = profile.load(name)
    bound = shipped.bind(**dict.fromkeys(shipped.parameters, 1))
    assert bound.reads
    assert shipped.tables.source


def test_the_addresses_of_the_dali_gateway_are_those_of_the_manual(shared: Path) -> None:
    facts = json.loads((shared / "domain/modbus/register-maps.json").read_text())["intesis_inmbsdal"]["per_ballast"]
    registers = profile.load("intesis-inmbsdal").bind(channel=1, short_address=2).registers
    base = 7000 * 1 + 100 * 2
    assert {placed.address - base for placed in registers.values()} <= {int(n) for n in facts}
    assert registers["arc_power_percent"].address == base + 15
    assert registers["ballast_status"].register.bits["lamp_failure"] == 1
    assert facts["15"] == "arc power level % RW"


def test_a_ballast_is_polled_in_one_read() -> None:
    reads = profile.load("intesis-inmbsdal").bind(channel=0, short_address=3).reads
    assert [(read.function, read.address, read.count) for read in reads if not read.group] == [(3, 305, 11)]


def test_a_technicians_own_profile_needs_no_python(tmp_path: Path) -> None:
    bound = load(tmp_path, GOOD).bind(channel=3)
    assert "own" in profile.names(tmp_path)
    assert bound.registers["level"].address == 31
    assert bound.lamp is not None and bound.lamp.settle_s == 2.0


def test_a_technicians_own_profile_goes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "wb-mdm3.toml").write_text(GOOD)
    assert profile.load("wb-mdm3", tmp_path).tables.description == "a lamp"


@pytest.mark.parametrize("name", ["no-such", "../../etc/passwd", ""])
def test_a_profile_that_is_not_there_is_named_with_those_that_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"ecodim-dali-gw2, .*, intesis-inmbsdal, .*wb-mdm3"):
        profile.load(name, tmp_path / "missing")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("function = 3", "function = 7", "own.toml:6: [register.level] function: 7 is none of 1, 2, 3, 4"),
        (
            "range = [0, 100]",
            "rnage = [0, 100]",
            "own.toml:9: [register.level] rnage: unknown key; did you mean range?",
        ),
        ('type = "u16"\n', "", "own.toml:5: [register.level] type: is missing"),
        ('"10*channel + 1"', '"10*chanel + 1"', "own.toml:7: [register.level] address: chanel is not in parameters"),
        ('"10*channel + 1"', '"exit()"', "own.toml:7: [register.level] address:"),
        ('"10*channel + 1"', "70000", "own.toml:7: [register.level] address: 70000 is 70000; registers are"),
        ("write = 6", "write = 5", "own.toml:10: [register.level] write: coils are written by function 5"),
        ("range = [0, 100]", "range = [100, 0]", "own.toml:9: [register.level] range:"),
        ('"channel"\ntype', '"0"\ntype', None),
        ('type = "coil"', 'type = "u16"', "own.toml:15: [register.on] type: functions 1 and 2 read"),
        ('switch = "on"', 'switch = "off"', "own.toml:20: [lamp] switch: there is no [register.off]"),
        ('settle = "2s"', "settle = 2", "own.toml:21: [lamp] settle: expected a duration"),
        (
            "{ channel = [0, 3] }",
            "{ channel = [0, 3], group = [0, 15] }",
            'own.toml:2: parameters: no address uses "group"',
        ),
        ("{ channel = [0, 3] }", '["channel"]', "own.toml:2: parameters: Expected `object`, got `array`"),
        (
            "{ channel = [0, 3] }",
            "{ channel = [3, 0] }",
            "own.toml:2: parameters: channel: the lowest value comes first",
        ),
        ("{ channel = [0, 3] }", "{ chanel = [0, 3] }", "own.toml:2: parameters: "),
        ("10*channel + 1", "1 - channel", "own.toml:7: [register.level] address: 1 - channel goes from -2 to 1; reg"),
        ("10*channel + 1", "channel*channel", "own.toml:7: [register.level] address: an address multiplies"),
        ("max_gap = 2", "max_gap = -2", "own.toml:3: max_gap: Expected `int` >= 0"),
        ("max_gap = 2", "max_gap = = 2", "own.toml:3: "),
        ('description = "a lamp"', "", "own.toml:1: description: is missing"),
        ("[register.level]", "[register.Level]", "own.toml:5: [register.Level]: a name is made of"),
        ("[lamp]", "[lmap]", "own.toml:18: lmap: unknown key; did you mean lamp?"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    assert GOOD.count(old) == 1
    if said is None:
        assert load(tmp_path, GOOD.replace(old, new))
        return
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert said in str(caught.value)


def test_all_mistakes_show_in_one_run(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace("write = 6", "write = 9").replace('type = "coil"', 'type = "soil"'))
    assert len(str(caught.value).splitlines()) == 2


def test_registers_that_overlap_are_refused(tmp_path: Path) -> None:
    more = '[register.wide]\nfunction = 3\naddress = "10*channel"\ntype = "u32"\n'
    with pytest.raises(ProfileError, match=r"own.toml:\d+: \[register.wide\] address: overlaps level"):
        load(tmp_path, GOOD + more)


def test_a_device_that_does_not_give_a_parameter_is_told_which() -> None:
    with pytest.raises(ProfileError, match="profile intesis-inmbsdal needs short_address"):
        profile.load("intesis-inmbsdal").bind(channel=0, short_address=None)


def test_parameters_that_lead_out_of_the_device_are_refused() -> None:
    with pytest.raises(ProfileError, match="profile intesis-inmbsdal has channel 0 to 1, not 2"):
        profile.load("intesis-inmbsdal").bind(channel=2, short_address=63)
    with pytest.raises(ProfileError, match="profile wb-mdm3 has channel 0 to 2, not 9"):
        profile.load("wb-mdm3").bind(channel=9)


def test_a_gateway_with_raw_dali_levels_takes_percent() -> None:
    bound = profile.load("ecodim-dali-gw2").bind(short_address=7)
    assert bound.lamp is not None
    assert (bound.lamp.level.address, bound.lamp.read_back.address) == (3035, 3039)
    assert profile.encode(bound.lamp.level.register, 10) == [170]
    assert next(profile.decode("level", bound.lamp.read_back.register, [254])).value == 100
