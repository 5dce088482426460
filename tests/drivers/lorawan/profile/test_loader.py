"""Profiles of LoRaWAN sensors: those that are shipped, and every mistake with its line."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan import models, profile
from drivers.lorawan.codecs import BadFrame, Frame
from drivers.lorawan.profile.decoder import said
from drivers.lorawan.profile.loader import SHIPPED, tables_of
from drivers.lorawan.profile.schema import SensorTables
from drivers.mistakes import ProfileError

THERMOMETER = """description = "a thermometer"
reports = "1h"
[frame.data]
port = 2
length = [3, 4]
[[value]]
quantity = "temperature_c"
in = "data"
byte = 0
type = "i16"
scale = 0.1
range = [-40, 60]
unit = "°C"
[[value]]
quantity = "co2_ppm"
in = "data"
byte = 2
unit = "ppm"
[[value]]
quantity = "battery_low"
in = "data"
byte = 3
yes = [1]
no = [0]
[[vector]]
port = 2
hex = "00c8 2a"
says = { temperature_c = 20.0, co2_ppm = 42 }
"""


def shipped(name: str) -> SensorTables:
    path = SHIPPED / f"{name}.toml"
    return tables_of(path, path.read_text(encoding="utf-8"))


STORED = frozenset({"20 ce", "21 ce"})
"""Channels of stored records: the longest ones that are passed over, which hide what stands behind them."""


@pytest.mark.parametrize("name", [each for each in profile.names() if shipped(each).tlv is not None])
def test_a_vector_tries_each_kind_of_stored_record(name: str) -> None:
    tables = shipped(name)
    assert tables.tlv is not None
    tried = " ".join(bytes.fromhex(vector.hex).hex(" ") for vector in tables.vector)
    assert [key for key in STORED & tables.tlv.passed_over.keys() if key not in tried] == []


@pytest.mark.parametrize("record", ["20cee59be164ff00794f27ba0432008d13", "21cee59be164ff00794f27ba043200ea840100"])
def test_what_stands_beside_stored_records_is_read_where_it_is(record: str) -> None:
    decoder = profile.load("milesight-wts506")
    frame = decoder.decode(85, bytes.fromhex(2 * record.replace("e59be164", "0175e164") + "01756403670a01"))
    assert (frame.battery_percent, frame.temperature_c, frame.others, frame.unread_bytes) == (100, 26.6, {}, 0)


@pytest.mark.parametrize("name", profile.names())
def test_each_that_is_shipped_says_its_source_and_tries_every_value(name: str) -> None:
    tables = shipped(name)
    assert tables.source and tables.read is not None
    tried = {quantity for vector in tables.vector for quantity in vector.says}
    assert tried - {"reset_cause"} == {value.quantity for value in tables.value} - {"reset_cause"}
    assert models.model(name).description == tables.description


def test_a_profile_serves_any_sensor(tmp_path: Path) -> None:
    model = written(tmp_path, THERMOMETER)
    assert model.reporting is None and model.period_s == 3600
    assert model.ranges == {"temperature_c": (-40, 60, "°C")}
    frame = model.decode(2, bytes.fromhex("ffd8 ff 01 77"))
    assert frame == Frame(temperature_c=-4.0, battery_low=True, others={"co2_ppm": 255}, unread_bytes=1)


def written(folder: Path, text: str, name: str = "own") -> models.Model:
    (folder / "lorawan").mkdir(exist_ok=True)
    (folder / "lorawan" / f"{name}.toml").write_text(text, encoding="utf-8")
    return models.model(name, folder)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        written(folder, text)
    return [line.removeprefix(f"{folder}/lorawan/own.toml:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('says = { temperature_c = 20.0, co2_ppm = 42 }', 'says = { temperature_c = 21.0 }', [
            "28: [vector] says: temperature_c comes out as 20.0, and the vector says 21.0",
            "28: [vector] says: the frame says co2_ppm 42, and the vector does not"]),
        ('hex = "00c8 2a"', 'hex = "00c8"', [
            "27: [vector] hex: is refused: 2 bytes on port 2, where 3 or more are right"]),
        ('hex = "00c8 2a"', 'hex = "00c8 2a 00 00"', [
            "25: [vector] unread: 1 bytes of it cannot be read, and the vector says 0",
            "28: [vector] says: the frame says battery_low False, and the vector does not"]),
        ("co2_ppm = 42 }", "co2_ppm = 42, battery_low = true }", [
            "28: [vector] says: the frame does not say battery_low, and the vector does"]),
        ('says = { temperature_c = 20.0, co2_ppm = 42 }', 'refused = "length"', [
            "28: [vector] refused: is not refused, and says temperature_c 20.0, co2_ppm 42"]),
        ("byte = 2\n", "byte = 1\n", ["17: [value] byte: takes bits of data that temperature_c has"]),
        ("byte = 3\n", "byte = 4\n", ["22: [value] byte: bytes 4 to 4 are not in data, which has 4"]),
        ('in = "data"\nbyte = 0', 'in = "date"\nbyte = 0', [
            "8: [value] in: there is neither [frame.date] nor [channel.date]"]),
        ("no = [0]", "no = [1]", ["24: [value] no: 1 stands in yes too"]),
        ("yes = [1]\nno = [0]\n", "", ["20: [value] quantity: battery_low says yes or no: expected yes, no or both"]),
        ("scale = 0.1", "scale = 0", ["11: [value] scale: a scale of 0 leaves nothing of the value"]),
        ("range = [-40, 60]", "range = [60, -40]", [
            "12: [value] range: the first number must be lower than the second"]),
        ("range = [-40, 60]", "range = [-40, inf]", ["12: [value] range: inf is no number to reckon with"]),
        ("range = [-40, 60]", "dead_band = inf", ["12: [value] dead_band: inf is no number to reckon with"]),
        ("range = [-40, 60]", "bits = [3, 16]", [
            "12: [value] bits: are the lowest and the highest of a number, 0 to 15"]),
        ('reports = "1h"', 'reports = "0s"', ["2: reports: must be longer than nothing"]),
        ('reports = "1h"', 'decides = "occupied"\nreports = "1h"', ["2: decides: no value tells it"]),
        ('reports = "1h"', 'tells_within = "3s"\nreports = "1h"', [
            "2: tells_within: is of a sensor that decides itself, and no value is called occupied"]),
        ('type = "i16"', 'typ = "i16"', ["10: [value] typ: unknown key; did you mean type?"]),
        ('type = "i16"', 'type = "i15"', [
            "10: [value] type: 'i15' is none of u8, i8, u16, i16, u24, i24, u32, i32, f32, "
            "xyz, hex, version, version_hex"]),
        ("port = 2\nlength", "port = 0\nlength", [
            "4: [frame.data] port: 0 is out of range; expected a whole number from 1 to 223 or a list, each a whole "
            "number from 1 to 223"]),
        ("[frame.data]", "[tlv]\nkey = 2\n[frame.data]", ["3: [tlv]: there is no [channel.NAME] for it"]),
        ("[frame.data]", '[channel.a]\nkey = "01"\nlength = 1\n[frame.data]', [
            "3: [channel.a]: there is no [tlv] for it"]),
        ("[[value]]\nquantity = \"co2_ppm\"", "[frame.more]\nlength = 1\n[[value]]\nquantity = \"co2_ppm\"", [
            "14: [frame.more]: frames of [frame.data] can be its own: expected another port, or when"]),
        ("[[vector]]", "[[victor]]", ["25: victor: unknown key; did you mean vector?"]),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_line(tmp_path: Path, before: str, after: str, said: list[str]) -> None:
    assert before in THERMOMETER
    assert mistakes(tmp_path, THERMOMETER.replace(before, after, 1)) == said


def test_a_profile_without_a_vector_is_none(tmp_path: Path) -> None:
    text = THERMOMETER.partition("[[vector]]")[0]
    (said,) = mistakes(tmp_path, text)
    assert "expected a [[vector]] at least" in said


def test_several_mistakes_come_out_in_one_run(tmp_path: Path) -> None:
    text = THERMOMETER.replace('type = "i16"', "type = 3").replace("port = 2\nlength", "prot = 2\nlength")
    assert [each.partition(":")[0] for each in mistakes(tmp_path, text)] == ["4", "10"]


def test_text_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, THERMOMETER + "= 3\n")
    assert said.startswith("29: ")


def test_a_profile_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    written(tmp_path, THERMOMETER)
    (tmp_path / "lorawan" / "own.toml").chmod(0o666)
    with pytest.raises(ProfileError, match="cannot be read"):
        models.model("own", tmp_path)


def test_ones_own_goes_before_one_that_is_shipped_or_in_code(tmp_path: Path) -> None:
    for name in ("bosch-tps110", "pni-placepod"):
        assert written(tmp_path, THERMOMETER, name).description == "a thermometer"


def test_values_of_one_place_exclude_one_another_by_when(tmp_path: Path) -> None:
    by_step = THERMOMETER.replace('in = "data"\nbyte = 2\n', 'in = "data"\nbyte = 2\nwhen = { byte = 0, is = [0] }\n')
    more = (
        '[[value]]\nquantity = "co_ppm"\nin = "data"\nbyte = 2\nunit = "ppm"\nwhen = { byte = 0, is = [1] }\n[[vector]]'
    )
    folder = tmp_path / "lorawan"
    folder.mkdir()
    (folder / "two.toml").write_text(by_step.replace("[[vector]]", more))
    told = said(profile.load("two", tmp_path).decode(2, bytes.fromhex("01002a")))
    assert told == {"temperature_c": 25.6, "co_ppm": 42}
    (folder / "two.toml").write_text(by_step.replace("[[vector]]", more.replace("is = [1]", "is = [0, 1]")))
    with pytest.raises(ProfileError, match="takes bits of data that co2_ppm has"):
        profile.load("two", tmp_path)


def test_a_sensor_that_there_is_none_of() -> None:
    with pytest.raises(ProfileError, match='there is no LoRaWAN sensor "bosch"; there are adeunis-breath, adeunis-dry'):
        models.model("bosch")


def test_of_two_values_for_one_quantity_neither_is_believed() -> None:
    model = models.model("pni-placepod")
    assert model.decode(1, bytes.fromhex("376601 156601")).occupied is True
    with pytest.raises(BadFrame, match="occupied twice, with two values"):
        model.decode(1, bytes.fromhex("376600 156601"))


def test_a_frame_that_is_sent_at_changes_alone_says_so() -> None:
    model = models.model("nwave-nps310")
    assert (model.decode(1, b"\1").changed, model.decode(2, b"\1").changed) == (True, None)


def test_a_code_that_means_nothing_is_no_state() -> None:
    with pytest.raises(BadFrame, match="7 for occupied, which means nothing"):
        models.model("pni-placepod").decode(1, bytes.fromhex("156607"))


FOUR = "vehicle_tag", "spin_rpm", "magnetic_field", "sensor_fault"
KINDS = """description = "one of each kind"
reports = "1h"
order = "little"
[frame.data]
length = 16
[[value]]
quantity = "vehicle_tag"
in = "data"
type = "hex"
length = 4
[[value]]
quantity = "spin_rpm"
in = "data"
byte = 4
type = "f32"
unit = "1/min"
when = { byte = 14, is = [1] }
[[value]]
quantity = "magnetic_field"
in = "data"
byte = 8
type = "xyz"
[[value]]
quantity = "sensor_fault"
in = "data"
byte = 15
flags = { "X axis" = 0, "clock" = 3 }
[[vector]]
hex = "1f34567800002040 0100ffff0080 01 09"
says = { vehicle_tag = "1F345678", spin_rpm = 2.5, magnetic_field = [1, -1, -32768], sensor_fault = "X axis, clock" }
[[vector]]
hex = "1f345678000020c0 0100ffff0080 00 00"
says = { vehicle_tag = "1F345678", magnetic_field = [1, -1, -32768], sensor_fault = "" }
[[vector]]
hex = "1f3456780000c07f 0100ffff0080 01 00"
says = { vehicle_tag = "1F345678", magnetic_field = [1, -1, -32768], sensor_fault = "" }
"""


def test_tags_floating_point_fields_flags_and_conditions(tmp_path: Path) -> None:
    model = written(tmp_path, KINDS)
    assert model.decides == "field"
    assert model.decode(9, bytes(16)).others == {}


OBJECT = """description = "by the town's own codec"
reports = "1h"
[[value]]
quantity = "occupied"
object = "parking.status"
yes = ["BUSY", true]
no = ["FREE", false]
[[value]]
quantity = "battery_v"
object = "cells.0"
scale = 0.001
unit = "V"
[[vector]]
object = { parking = { status = "BUSY" }, cells = [3600] }
says = { occupied = true, battery_v = 3.6 }
[[vector]]
object = { parking = { status = false } }
says = { occupied = false }
[[vector]]
object = { parking = { status = "?" } }
refused = "object"
[[vector]]
object = { cells = ["full"] }
refused = "object"
[[vector]]
object = {}
refused = "object"
"""


def test_what_the_network_server_has_decoded_is_taken_only_where_the_profile_asks(tmp_path: Path) -> None:
    model = written(tmp_path, OBJECT)
    assert model.object_paths == ("parking.status", "cells.0") and model.decides == "occupied"
    assert model.decode(7, b"\1\2") == Frame()
    assert all(models.model(name).object_paths == () for name in models.names())


@given(st.binary(max_size=64), st.integers(1, 223))
def test_any_bytes_decode_by_a_profile_of_every_kind_or_raise_the_one_error(data: bytes, f_port: int) -> None:
    model = EVERY_KIND
    try:
        frame = model.decode(f_port, data)
    except BadFrame as error:
        assert error.cause in ("port", "length", "content")
    else:
        assert msgspec.json.decode(msgspec.json.encode(frame), type=Frame) == frame


EVERY_KIND = profile.loader.model(tables_of(Path("kinds.toml"), KINDS))


@pytest.mark.parametrize("name", profile.names())
def test_a_frame_cut_short_says_nothing_that_the_whole_one_does_not(name: str) -> None:
    model = models.model(name)
    for vector in shipped(name).vector:
        for length in range(len(payload := bytes.fromhex(vector.hex))):
            try:
                told = said(model.decode(vector.port, payload[:length]))
            except BadFrame:
                continue
            assert told.items() <= vector.says.items() or vector.refused


@given(st.sampled_from(profile.names()), st.binary(max_size=64), st.sampled_from([1, 2, 3, 6, 85]))
def test_a_value_is_never_told_of_bytes_that_are_not_there(name: str, data: bytes, f_port: int) -> None:
    """Whatever a profile reads of some bytes, it reads of them with others behind, or refuses them."""
    model = models.model(name)
    try:
        told = said(model.decode(f_port, data))
        longer = said(model.decode(f_port, data + b"\xfd\xfd\xfd"))
    except BadFrame:
        return
    assert told.items() <= longer.items()


HISTORY = """description = "a logger"
reports = "1h"
[frame.now]
port = 1
length = 6
when = [{ byte = 0, is = [2] }, { byte = 1, type = "u16", is = [0x0103] }]
[frame.kept]
port = 1
length = 7
when = { byte = 1, type = "u16", is = [0x0203] }
time = { byte = 3, since = 2013-01-01 }
[[value]]
quantity = "water_l"
in = "now"
byte = 3
unit = "l"
kind = "counter"
[[value]]
quantity = "water_l"
in = "now"
byte = 4
unit = "l"
kind = "counter"
age = "10min"
[[value]]
quantity = "depth_m"
in = "now"
byte = 5
scale = 0.3333
decimals = 1
unit = "m"
[[value]]
quantity = "volume_m3"
in = "kept"
byte = 3
type = "u32"
word_order = "little"
unit = "m³"
[[vector]]
port = 1
hex = "02 0103 0a 09 03"
says = { water_l = 10, depth_m = 1.0 }
records = [{ age = "10min", says = { water_l = 9 } }]
[[vector]]
port = 1
hex = "02 0203 00000001"
records = [{ at = 2013-01-01T00:00:01Z, says = { volume_m3 = 65536 } }]
[[vector]]
port = 1
hex = "01 0103 0a 09 03"
refused = "content"
"""


def test_what_was_measured_before_is_of_its_own_time(tmp_path: Path) -> None:
    model = written(tmp_path, HISTORY)
    (kept,) = model.decode(1, bytes.fromhex("02 0203 00000001")).records
    assert (kept.unix_s, kept.values) == (1356998401.0, {"volume_m3": 65536})
    (before,) = model.decode(1, bytes.fromhex("02 0103 0a 09 03")).records
    assert (before.unix_s, before.age_s, before.values) == (None, 600.0, {"water_l": 9})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"10min", says', '"20min", says', "records: a record is of 600 s, and the vector says otherwise"),
        ("water_l = 9 }", "water_l = 8 }", "records: water_l comes out as 9, and the vector says 8"),
        ('records = [{ age = "10min", says = { water_l = 9 } }]\n', "", "records: 1 records come out"),
        ("T00:00:01Z", "T00:00:02Z", "records: a record is of 2013-01-01T00:00:01Z"),
        ("time = { byte = 3,", "time = { byte = 4,", "time: byte 7 is not in each frame"),
        ('"volume_m3"', '"sensor_fault"', "quantity: sensor_fault is told of now alone"),
        ("byte = 4\n", "byte = 4\nword_order = 'little'\n", "word_order: is for numbers of four bytes"),
        ('type = "u16", is = [0x0203]', 'type = "u16", is = [0x0103]', "frames of \\[frame.now\\] can be its own"),
        ("is = [0x0203]", "is = [0x10203]", "is: expected numbers of 0 to 65535"),
        ('word_order = "little"', 'age = "1h"', "age: is of a frame without a time"),
    ],
)
def test_every_mistake_of_what_was_measured_before_is_told(before: str, after: str, said: str, tmp_path: Path) -> None:
    assert before in HISTORY
    with pytest.raises(ProfileError, match=said):
        written(tmp_path, HISTORY.replace(before, after))
