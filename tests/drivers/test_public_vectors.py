"""Frames, registers and payloads of a folder of public vectors, read by the shipped profiles, value by value.

The folder may hold more of the same kinds: a vector of a device that is not known here, and a value that nothing here
says and nobody left out on purpose, fails.
"""

import json
from datetime import UTC, datetime

import pytest

from drivers import profile
from drivers.line import Request
from drivers.line.frames import rtu_answer, rtu_frame, sound
from drivers.lorawan.codecs.frame import BadFrame
from drivers.lorawan.profile.decoder import said
from drivers.lorawan.profile.loader import load as load_lorawan
from drivers.profile.resolved import bind
from drivers.profile.schema import VectorTable
from drivers.profile.vectors import read
from drivers.serial import profile as serial
from drivers.serial.profile.framing import check_of
from drivers.serial.profile.schema import CheckTable
from tests.support.public_vectors import (
    FOLDER,
    LINES,
    LORAWAN,
    MODBUS,
    SPS30_WHOLE,
    UART,
    Known,
    Out,
    Vector,
    compare,
    is_state,
    vectors,
)

here = pytest.mark.skipif(not FOLDER.is_dir(), reason="the public vectors are not beside this checkout (../shared)")


@here
@pytest.mark.parametrize("vector", list(vectors("uart-frames.json")), ids=str)
def test_each_frame_of_a_serial_port_says_what_its_vector_says(vector: Vector) -> None:
    if "adr" in (vector.table["out"] or {}):
        assert_stuffed(vector)
        return
    known = UART.get(f"{vector.section} {vector.device}".strip()) or UART[vector.key]
    if vector.section == "sensirion_sps30" and "uint16" in vector.table.get("note", ""):
        known = SPS30_WHOLE
    heard = serial.load(known.profile).decoder().feed(bytes.fromhex(vector.table["hex"]))
    assert len(heard) == 1
    compare(vector.table["out"], {each.quantity: each.value for each in heard[0].told}, known)


def assert_stuffed(vector: Vector) -> None:
    """An example of the protocol alone: what it holds once the stuffing is out, and its check."""
    out, inside = vector.table["out"], bytes.fromhex(vector.table["hex"])[1:-1]
    plain, at = bytearray(), 0
    while at < len(inside):
        turned = inside[at] == 0x7D
        plain.append(inside[at + turned] ^ (0x20 if turned else 0))
        at += 1 + turned
    assert plain[:3].hex() == out["adr"] + out["cmd"] + out["state"]
    assert plain[4:-1].hex() == out["data"]
    assert check_of(CheckTable(type="inverted8"), bytes(plain[:-1])) == bytes(plain[-1:])
    assert serial.load("sensirion-sps30").decoder().feed(bytes.fromhex(vector.table["hex"])) == []


def traps() -> list[tuple[str, str]]:
    """Frames that must be refused, by the profile that must refuse them."""
    if not FOLDER.is_dir():
        return []
    tables = json.loads((FOLDER / "uart-frames.json").read_text())
    return [("sensirion-sps30", each["hex"]) for each in tables["sensirion_sps30"]["refuse"]]


@here
@pytest.mark.parametrize(("name", "frame"), traps())
def test_each_trap_is_refused(name: str, frame: str) -> None:
    assert serial.load(name).decoder().feed(bytes.fromhex(frame)) == []


@here
@pytest.mark.parametrize(
    ("section", "name"),
    [("plantower_pms", "plantower-pms5003"), ("nova_sds011", "nova-sds011"), ("sensirion_sps30", "sensirion-sps30")],
)
def test_no_answer_to_a_command_is_a_measurement(section: str, name: str) -> None:
    tables = json.loads((FOLDER / "uart-frames.json").read_text())[section]
    commands = [each for each in tables["commands"].values() if not each.startswith(("FF", "42 4D"))]
    answers = [each for what, each in tables["answers"].items() if what != "note"]
    for each in commands + answers:
        heard = serial.load(name).decoder().feed(bytes.fromhex(each))
        assert not [told for frame in heard for told in frame.told if not is_state(told.quantity)]


@here
@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("plantower_pms", "plantower-pms5003"), ("nova_sds011", "nova-sds011"), ("sensirion_sps30", "sensirion-sps30"),
        ("winsen_mhz19b", "winsen-mhz19b"),
    ],
)  # fmt: skip
def test_each_command_that_is_said_is_one_of_the_folder(section: str, name: str) -> None:
    tables = json.loads((FOLDER / "uart-frames.json").read_text())[section]
    known = {each.lower() for each in tables["commands"].values()}
    found = serial.load(name)
    stuffed = {"7e007d3100ee7e", "ff"}  # the folder has the first unstuffed, and the second in words
    for key in ("begin", "ask", "wake", "sleep", "clean"):
        assert {each.hex() for each in found.commands(key)} <= known | stuffed


def modbus_vectors(kind: str) -> list[Vector]:
    return [each for each in vectors("modbus-sensors.json") if kind in each.table]


def registers(known: Known, function: int, address: int, words: str) -> Out:
    tables = profile.load(known.profile).tables
    return dict(read(bind("", tables, {}), VectorTable(function, address, words)))  # type: ignore[arg-type]


def function_of(vector: Vector) -> int:
    """The folder leaves it out where its source does not tell: then it is that of the profile."""
    if "fc" in vector.table:
        return int(vector.table["fc"])
    return next(iter(profile.load(MODBUS[vector.key].profile).tables.register.values())).function


@here
@pytest.mark.parametrize("vector", modbus_vectors("regs"), ids=str)
def test_each_register_says_what_its_vector_says(vector: Vector) -> None:
    known = MODBUS[vector.key]
    told = registers(known, function_of(vector), vector.table["start"], " ".join(vector.table["regs"]))
    compare(vector.table["out"], told, known)


@here
@pytest.mark.parametrize("vector", modbus_vectors("frame"), ids=str)
def test_each_frame_of_a_line_is_made_or_read(vector: Vector) -> None:
    data = bytes.fromhex(vector.table["frame"])
    assert sound(data)
    if "out" not in vector.table:
        assert rtu_frame(Request("", data[0], data[1:-2], b"", 0)) == data
        assert asked(MODBUS[vector.key if vector.device else "renke_rs_fs_fx_n01"], data)
        return
    known = MODBUS[vector.key]
    if known.profile in serial.names():
        (heard,) = serial.load(known.profile).decoder().feed(data)
        compare(vector.table["out"], {each.quantity: each.value for each in heard.told}, known)
        return
    compare(vector.table["out"], answered(known, data), known)


def asked(known: Known, data: bytes) -> bool:
    """Whether that is a question that the profile asks."""
    function, first, count = data[1], int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:6], "big")
    reads = bind("", profile.load(known.profile).tables, {}).reads
    return (function, first, count) in {(each.function, each.address, each.count) for each in reads}


def answered(known: Known, data: bytes) -> Out:
    """What an answer on the line says, to the question of the profile that it can be of."""
    words = data[3:-2]
    for each in bind("", profile.load(known.profile).tables, {}).reads:
        for first in range(each.address, each.address + each.count):
            if 2 * (each.address + each.count - first) != len(words):
                continue
            request = Request("", data[0], data[1:2] + first.to_bytes(2, "big"), data[1:3], len(data) - 3)
            found = rtu_answer(request, data)
            assert found is not None
            pairs = [found.pdu[2:][at : at + 2].hex() for at in range(0, len(words), 2)]
            return registers(known, each.function, first, " ".join(pairs))
    raise AssertionError(f"{known.profile} asks nothing of which {data.hex()} is an answer")


@here
def test_an_answer_with_the_sum_of_the_question_is_no_answer() -> None:
    request = Request("", 0xFE, bytes((4, 0, 3, 0, 1)), bytes((4, 2)), 4)
    assert rtu_answer(request, bytes.fromhex("fe04020388d5c5")) is None
    assert rtu_answer(request, bytes.fromhex("fe04020388adb2")) is not None


@here
@pytest.mark.parametrize("vector", list(vectors("lorawan-sensors.json")), ids=str)
def test_each_payload_says_what_its_vector_says(vector: Vector) -> None:
    known = LORAWAN[vector.key]
    frame = load_lorawan(known.profile).decode(port_of(vector), bytes.fromhex(vector.table["hex"]))
    out = special(vector.key, dict(vector.table["out"]))
    then = {name.removeprefix("h_"): out.pop(name) for name in list(out) if name.startswith("h_")}
    compare(out, said(frame), known._replace(names={**known.names, **LINES}))
    if then:
        (record,) = frame.records
        assert datetime.fromtimestamp(record.unix_s or 0, UTC) == datetime.fromtimestamp(then.pop("time"), UTC)
        compare({name: each for name, each in then.items() if f"h_{name}" not in known.left_out}, record.values, known)


def port_of(vector: Vector) -> int:
    if "port" in vector.table:
        return int(vector.table["port"])
    port = json.loads((FOLDER / "lorawan-sensors.json").read_text())[vector.section].get("port")
    return port if isinstance(port, int) else 1


def special(device: str, out: Out) -> Out:
    """What the folder has as lists, or as the bits of a number."""
    if device == "DRY CONTACTS 2":
        counts, closed = out.pop("counts"), out.pop("closed")
        out |= {f"input_{letter}_count": each for letter, each in zip("abcd", counts, strict=True)}
        out |= {f"contact_{letter}_made": each for letter, each in zip("abcd", closed, strict=True)}
    if device == "PULSE 4":
        out["pulse_a_count"] = out.pop("counter")[0]
        out["counter"] = out.pop("frame_counter")
    if device == "EM310-TILT":
        axes = [name for bit, name in enumerate(("X axis", "Y axis", "Z axis")) if out["flags"] >> bit & 1]
        out["flags"] = ", ".join(axes)
    return out


@here
@pytest.mark.parametrize("name", sorted({each.profile for each in LORAWAN.values()}))
def test_a_payload_that_is_cut_off_raises_nothing_but_the_error_of_a_frame(name: str) -> None:
    model = load_lorawan(name)
    for vector in vectors("lorawan-sensors.json"):
        data = bytes.fromhex(vector.table["hex"])
        for length in range(len(data)):
            try:
                model.decode(port_of(vector), data[:length])
            except BadFrame:
                continue
