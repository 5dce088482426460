"""Profiles in files: the shipped ones are right, and what is wrong is named with its line."""

import itertools
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import profile
from drivers.mistakes import MOST_MISTAKES
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
    assert profile.load("wb-mdm3", tmp_path).description == "a lamp"


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
            "{ channel = [0, 3], dali_group = [0, 15] }",
            'own.toml:2: parameters: no address uses "dali_group"',
        ),
        ("{ channel = [0, 3] }", '["channel"]', 'own.toml:2: parameters: ["channel"] is a list; expected an object'),
        (
            "{ channel = [0, 3] }",
            "{ channel = [3, 0] }",
            "own.toml:2: parameters: channel: the lowest value comes first",
        ),
        ("{ channel = [0, 3] }", "{ chanel = [0, 3] }", "own.toml:2: parameters: "),
        ("10*channel + 1", "1 - channel", "own.toml:7: [register.level] address: 1 - channel goes from -2 to 1; reg"),
        ("10*channel + 1", "channel*channel", "own.toml:7: [register.level] address: an address multiplies"),
        (
            "max_gap = 2",
            "max_gap = -2",
            "own.toml:3: max_gap: -2 is out of range; ",
        ),
        ("max_gap = 2", "max_gap = = 2", "own.toml:3: "),
        ('description = "a lamp"', "", "own.toml:1: description: is missing"),
        ("[register.level]", "[register.Level]", "own.toml:5: [register.Level]: a name is made of"),
        ("[lamp]", "[lmap]", "own.toml:18: lmap: unknown key; did you mean lamp?"),
        ("range = [0, 100]", "scale = 0", "own.toml:9: [register.level] scale: a scale of 0 leaves nothing"),
        ("range = [0, 100]", "scale = nan", "own.toml:9: [register.level] scale: nan is no number"),
        ("range = [0, 100]", "scale = -inf", "own.toml:9: [register.level] scale: -inf is no number"),
        ("range = [0, 100]", "offset = inf", "own.toml:9: [register.level] offset: inf is no number"),
        ("range = [0, 100]", "dead_band = inf", "own.toml:9: [register.level] dead_band: inf is no number"),
        ("range = [0, 100]", "range = [0, nan]", "own.toml:9: [register.level] range: nan is no number"),
        ("range = [0, 100]", "range = [0, 1000]", "own.toml:19: [lamp] level: level goes beyond 0 to 100 %; check"),
        ("range = [0, 100]", "range = [0, 90]", "own.toml:19: [lamp] level: level: 100 is outside 0 to 90"),
        ("range = [0, 100]", "scale = 0.001", "own.toml:19: [lamp] level: level: 100 does not fit into a register"),
        ("range = [0, 100]", "nominal = 230", "own.toml:9: [register.level] nominal: only supply_voltage_v and"),
        ('switch = "on"', 'switch = "level"\nread_back = "on"', "own.toml:21: [lamp] read_back: on tells on and off"),
        ('level = "level"', 'level = "on"', "own.toml:19: [lamp] level: on tells on and off, no level"),
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


def test_all_mistakes_of_one_register_show_in_one_run(tmp_path: Path) -> None:
    text = GOOD.replace('"10*channel + 1"', "70000").replace('type = "u16"', 'type = "u17"').replace("range", "rnage")
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, text)
    said = [line.split("own.toml:")[1] for line in str(caught.value).splitlines()]
    assert said == [
        "7: [register.level] address: 70000 is 70000; registers are 0 to 65535",
        "8: [register.level] type: 'u17' is none of u16, i16, u32, i32, u64, i64, f32, f64, bits, coil",
        "9: [register.level] rnage: unknown key; did you mean range?",
    ]


def test_a_wrong_type_hides_no_wrong_value_of_another_register(tmp_path: Path) -> None:
    text = GOOD.replace('type = "u16"', "").replace("write = 5", "write = 6").replace('settle = "2s"', "settle = 2")
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, text)
    said = [line.split("] ")[1].split(":")[0] for line in str(caught.value).splitlines()]
    assert said == ["type", "write", "settle"]


@pytest.mark.parametrize("parameters", ["{ channel = [3, 0] }", '"channel"', "{}"])
def test_no_address_is_judged_by_parameters_that_are_none(tmp_path: Path, parameters: str) -> None:
    text = GOOD.replace("{ channel = [0, 3] }", parameters).replace("write = 6", "write = 9")
    with pytest.raises(ProfileError, match="write: 9 is none of 5, 6, 15, 16") as caught:
        load(tmp_path, text)
    assert ("is not in parameters" in str(caught.value)) == (parameters == "{}")
    assert ("the lowest value comes first" in str(caught.value)) == ("3, 0" in parameters)


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
    assert bound.lamp.level.writing(10).words == [170]
    assert next(profile.decode("level", bound.lamp.read_back.register, [254])).value == 100


WHOLE = """\
description = "a lamp with everything"
parameters = { channel = [0, 3] }
max_registers = 8

[poll.slow]
period = "1min"

[register.level]
function = 3
address = "channel"
type = "u16"
range = [0, 100]
write = 6

[register.light_on]
function = 3
address = 32
type = "u16"
bit_field = [15, 15]

[register.light_switch]
function = 3
address = 33
type = "u16"
range = [0, 1]
write = 6
poll = false

[register.timer_s]
function = 3
address = 40
type = "u16"
range = [1, 600]
write = 6
poll = "slow"
unit = "s"
[register.status]
function = 4
address = 40
type = "bits"
bits = { lamp_failure = 1, hot = 2 }

[[hole]]
function = 3
first = 34
last = 39

[[hole]]
function = 4
first = 0
last = 30

[[probe]]
register = "timer_s"
range = [1, 600]

[[probe]]
address = 200
text = "DIM"

[lamp]
level = "level"
switch = "light_switch"
switch_read_back = "light_on"

[failsafe]
when_silent = "goes to failsafe_level_percent after 60 s"
at_start = { timer_s = 60, level = "failsafe_level_percent" }

[failsafe.feed]
register = "timer_s"
period = "20s"
write = 60
"""


def test_a_profile_with_every_table(tmp_path: Path) -> None:
    own = load(tmp_path, WHOLE)
    bound = own.bind(channel=2)
    assert own.when_silent(40) == "goes to 40 % after 60 s"
    assert own.sets_failsafe
    assert bound.lamp is not None and bound.lamp.switch_state is bound.registers["light_on"]
    assert bound.periods_s == {"slow": 60.0}
    assert [(placed.name, value) for placed, value in bound.failsafe.at_start] == [
        ("timer_s", 60),
        ("level", "failsafe_level_percent"),
    ]
    assert profile.load("renogy-rover").when_silent(40) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('address = "channel"', 'address = "30 + channel"', "own.toml:17: [register.light_on] address: overlaps level"),
        ("address = 33", "address = 34", "own.toml:45: [hole] first: light_switch lies in it"),
        ("last = 30", "last = 40", "own.toml:50: [hole] first: status lies in it"),
        ("last = 39", "last = 33", "own.toml:46: [hole] last: lies below first"),
        ("first = 0", 'first = "chanel"', "own.toml:50: [hole] first: chanel is not in parameters"),
        ('period = "1min"', 'period = "0s"', "own.toml:6: [poll.slow] period: must be longer"),
        ('period = "1min"', 'perod = "1min"', "own.toml:6: [poll.slow] perod: unknown key; did you mean period?"),
        ('poll = "slow"', 'poll = "slwo"', "own.toml:35: [register.timer_s] poll: there is no [poll.slwo]"),
        (
            "bits = { lamp_failure = 1, hot = 2 }",
            "bits = { a = 1, b = 1 }",
            "own.toml:41: [register.status] bits: one bit",
        ),
        (
            "range = [1, 600]\nwrite",
            "invalid = [65536]\nwrite",
            "own.toml:33: [register.timer_s] invalid: raw values of 16",
        ),
        (
            'type = "bits"',
            'type = "bits"\nrange = [0, 1]',
            "own.toml:41: [register.status] range: yes and no have none",
        ),
        (
            "max_registers = 8",
            "max_registers = 0",
            "own.toml:3: max_registers: 0 is out of range; ",
        ),
        (
            'address = 40\ntype = "u16"',
            'address = 0xFFFF\ntype = "u32"',
            "own.toml:31: [register.timer_s] address: 65535 is 65535 and takes 2",
        ),
        (
            'register = "timer_s"\nrange',
            'register = "tmer_s"\nrange',
            "own.toml:54: [probe] register: there is no [register.tmer_s]",
        ),
        (
            'register = "timer_s"\nrange = [1, 600]',
            'register = "timer_s"',
            "own.toml:53: [probe] range: expected the lowest",
        ),
        (
            'register = "timer_s"\nrange',
            'register = "status"\nrange',
            "own.toml:54: [probe] register: status is yes or no",
        ),
        ("address = 200\n", "", "own.toml:58: [probe] text: needs the address"),
        ('text = "DIM"', "", "own.toml:57: [probe]: needs either register and range, or text and address"),
        (
            'level = "level"\n',
            'level = "level"\nread_back = "status"\n',
            "own.toml:63: [lamp] read_back: status has several names",
        ),
        (
            'switch = "light_switch"\n',
            'switch = "light_on"\n',
            "own.toml:63: [lamp] switch: light_on cannot be written",
        ),
        ('switch_read_back = "light_on"\n', "", "own.toml:63: [lamp] switch: light_switch is not polled"),
        (
            'switch_read_back = "light_on"',
            'switch_read_back = "timer_s"',
            "own.toml:64: [lamp] switch_read_back: must have the same poll",
        ),
        ('switch = "light_switch"\n', "", "own.toml:63: [lamp] switch_read_back: stands without switch"),
        ("timer_s = 60,", "timer_s = 601,", "own.toml:68: [failsafe] at_start: timer_s: 601 s is outside 1 to 600"),
        ("timer_s = 60,", "tmer_s = 60,", "own.toml:68: [failsafe] at_start: there is no [register.tmer_s]"),
        ("timer_s = 60,", "light_on = 1,", "own.toml:68: [failsafe] at_start: light_on cannot be written"),
        (
            "timer_s = 60,",
            'timer_s = "on",',
            'own.toml:68: [failsafe] at_start: timer_s is a number or "failsafe_level_percent"',
        ),
        ("write = 60", "write = 0", "own.toml:71: [failsafe.feed] register: timer_s: 0 s is outside 1 to 600"),
        (
            'period = "20s"',
            'period = "31s"',
            "own.toml:72: [failsafe.feed] period: is more than half of timer_s = 60 s",
        ),
        ('period = "20s"', 'period = "20s"\ntimer = "level"', "own.toml:73: [failsafe.feed] timer: at_start does not"),
        ('period = "20s"', 'period = "0s"', "own.toml:72: [failsafe.feed] period: must be longer"),
        ('period = "20s"', "", "own.toml:70: [failsafe.feed] period: is missing"),
        ("when_silent", "when_slient", "own.toml:67: [failsafe] when_slient: unknown key; did you mean when_silent?"),
    ],
)
def test_what_cannot_be_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert WHOLE.count(old) == 1
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, WHOLE.replace(old, new))
    assert said in str(caught.value)


def test_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + GOOD).tables.description == "a lamp"


@pytest.mark.parametrize("address", ["-1", '"-1"', '"5 - 9"', '"channel - 100"'])
def test_a_negative_address_is_named_as_such(tmp_path: Path, address: str) -> None:
    with pytest.raises(
        ProfileError, match=r"own\.toml:7: \[register\.level\] address: .* is a negative address; registers"
    ):
        load(tmp_path, GOOD.replace('"10*channel + 1"', address))


def many(count: int, address: str, more: str = "") -> str:
    """A profile of so many registers of two words."""
    parameters = "parameters = { channel = [0, 9] }\n" if "channel" in address else ""
    tables = (
        f'[register.r{at}_v]\nfunction = 3\naddress = {address.format(at=2 * at)}\ntype = "u32"\nunit = "V"\n{more}'
        for at in range(count)
    )
    return f'description = "many"\n{parameters}' + "".join(tables)


@pytest.mark.parametrize(
    ("address", "more", "mistakes"),
    [
        ("{at}", "", 0),
        ('"5000*channel + {at}"', "", 0),
        ("{at}", "scal = 1\n", MOST_MISTAKES + 1),
        ("7", "", MOST_MISTAKES + 1),
    ],
    ids=["sound", "with a parameter", "a wrong key in each", "all on one address"],
)
def test_fifteen_hundred_registers_are_judged_in_ten_million_calls(
    tmp_path: Path, address: str, more: str, mistakes: int
) -> None:
    """Some two seconds; each register against each other would be ten times that."""
    said, calls = calls_of(tmp_path, many(1500, address, more))
    assert len(said.splitlines()) == mistakes
    assert calls < 10_000_000


def calls_of(folder: Path, profile: str) -> tuple[str, int]:
    """What is said of a profile, and how many functions were called for it, which hangs on no clock."""
    calls, said = itertools.count(), ""
    sys.setprofile(lambda *_: next(calls) and None)
    try:
        load(folder, profile)
    except ProfileError as error:
        said = str(error)
    finally:
        sys.setprofile(None)
    return said, next(calls)


def test_registers_that_overlap_are_found_among_those_of_other_parameters(tmp_path: Path) -> None:
    text = many(3, '"10*channel + {at}"').replace('"10*channel + 2"', "53")
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, text)
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        "[register.r2_v] address: overlaps r1_v"
    ]


LITERALS = [
    "-1",
    "0",
    "7",
    "65536",
    "1e400",
    "nan",
    "true",
    '""',
    '"slow"',
    '"channel*9999"',
    "[]",
    "[1]",
    "[[1,2]]",
    "[2,1]",
    "{}",
    "{level=1}",
    "{channel=[0,9]}",
    '{a="b"}',
    "1979-05-27",
]


@given(st.data())
def test_no_profile_raises_anything_but_its_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any line of a sound profile replaced: by another value, another header, or by garbage."""
    lines = WHOLE.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    key = lines[at].partition(" = ")[0]
    wrong = data.draw(
        st.one_of(
            st.sampled_from(LITERALS).map(lambda literal: f"{key} = {literal}"),
            st.text(st.characters(blacklist_characters='"\\'), max_size=8).map(lambda name: f'[register."{name}"]'),
            st.sampled_from(
                ["", "[[hole]]", "[poll]", "[register]", "[lamp.x]", "[[failsafe]]", "[hole]", "[probe.x]"]
            ),
            st.text(max_size=12),
        )
    )
    folder = tmp_path_factory.mktemp("own")
    (folder / "own.toml").write_text("\n".join([*lines[:at], wrong, *lines[at + 1 :]]), encoding="utf-8")
    try:
        own = profile.load("own", folder)
        own.bind(**{name: high for name, (_, high) in own.parameters.items()})
    except ProfileError as error:
        assert str(error).startswith(f"{folder}/own.toml:")


def test_registers_that_overlap_for_one_value_of_a_parameter_alone(tmp_path: Path) -> None:
    text = WHOLE.replace('address = "channel"', 'address = "8*channel + 9"')
    with pytest.raises(ProfileError, match="overlaps level"):
        load(tmp_path, text)
    assert load(tmp_path, text.replace("channel = [0, 3]", "channel = [0, 2]"))


def test_a_lamp_that_nothing_tells_of(tmp_path: Path) -> None:
    bound = load(tmp_path, WHOLE.replace('level = "level"\n', 'level = "level"\nread_back = false\n')).bind(channel=0)
    assert bound.lamp is not None and bound.lamp.read_back is None


def test_the_maps_are_those_of_the_manuals(shared: Path) -> None:
    facts = json.loads((shared / "domain/modbus/register-maps.json").read_text())
    for name, model in (("eastron-sdm230", "sdm230"), ("eastron-sdm630", "sdm630")):
        known = facts["eastron_sdm630_sdm230"][model]
        registers = profile.load(name).bind().registers.values()
        assert {f"0x{placed.address:04X}" for placed in registers} == set(known)
    known = facts["schneider_iem3000"]["pdu"]
    assert {str(one.address) for one in profile.load("schneider-iem3000").bind().registers.values()} == set(known)
    known = {int(key.split("-")[0], 16) for key in facts["renogy_rover_srne_streetlight"]["regs"]}
    assert {one.address for one in profile.load("renogy-rover").bind().registers.values()} == known
    known = {int(key.split("/")[0], 16) for key in facts["epever_lsb"]["regs"]}
    assert {one.address for one in profile.load("epever-ls-b").bind().registers.values()} == known


def test_more_faults_than_a_map_may_have_are_told(tmp_path: Path) -> None:
    faults = "".join(f'\n[[fault]]\nname = "f{n}"\nevent = "lamp.current_too_high"\n' for n in range(65))
    with pytest.raises(ProfileError, match=r"own\.toml:\d+: fault: .* is a list of 65; expected a list of at most 64"):
        load(tmp_path, GOOD + faults)


def test_each_mistake_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace("write = 6\n", "").replace('switch = "on"\n', ""))
    assert str(caught.value).endswith("[lamp] level: level cannot be written")
    assert len(str(caught.value).splitlines()) == 1


def test_a_lamp_without_a_switch_must_take_0(tmp_path: Path) -> None:
    text = GOOD.replace("range = [0, 100]", "range = [10, 100]")
    assert load(tmp_path, text)
    with pytest.raises(ProfileError, match=r"\[lamp\] level: level: 0 is outside 10 to 100"):
        load(tmp_path, text.replace('switch = "on"\n', ""))


def test_a_timer_that_is_fed_by_something_else_is_compared_as_well(tmp_path: Path) -> None:
    text = WHOLE.replace('register = "timer_s"\nperiod', 'register = "level"\ntimer = "timer_s"\nperiod')
    assert load(tmp_path, text)
    with pytest.raises(ProfileError, match=r"\[failsafe.feed\] period: is more than half of timer_s"):
        load(tmp_path, text.replace('"20s"', '"40s"'))


@pytest.mark.parametrize("content", [b"[register\n", b"own = \xff", b"own = " + b"[" * 5000, b"own = " + b"9" * 5000])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    with pytest.raises(ProfileError, match=r"own\.toml"):
        profile.load("own", tmp_path)


def test_one_that_others_may_change_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    file.chmod(0o666)
    with pytest.raises(ProfileError, match=rf"mine\.toml: cannot be read: .*chmod go-w {file}"):
        profile.load("mine", tmp_path)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/dev/zero", "is no regular file"),
        ("/dev/ptmx", "is no regular file"),
        ("/tmp", "is a directory"),
        ("gone.toml", "No such file"),
        ("own.toml", "Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_told_as_that(tmp_path: Path, target: str, words: str) -> None:
    (tmp_path / "own.toml").symlink_to(target)
    with pytest.raises(ProfileError, match=words) as raised:
        profile.load("own", tmp_path)
    assert "chmod" not in str(raised.value)
