"""The parts of the line's rows that need neither another maker's program nor time."""

import asyncio
import json
from pathlib import Path

import pytest
from line import Asked, beside_peer, late_gateway
from rows import asked_with
from wire import gateways, peer
from wire.far import word
from wire.faults import COUNT, Answer, verdict

ROWS = {"one": None, "other": None}


def answer_to(number: int, suspect: bool = False) -> Answer:
    return Answer([word(1, 7 + at, number) for at in range(COUNT)], suspect)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, "error_reported"),
        (answer_to(5), "right"),
        (answer_to(4), "wrong"),
        (answer_to(5, suspect=True), "right_but_suspect"),
        (answer_to(4, suspect=True), "wrong_but_suspect"),
    ],
)
def test_an_answer_is_right_that_was_asked_for_within_the_call(answer: Answer | None, expected: str) -> None:
    assert verdict(1, 7, answer, range(5, 7)) == expected


def test_a_gateway_is_known_by_the_beginning_of_its_name() -> None:
    assert list(gateways.ways_of(Path("/x/mbusd.bin"))) == ["one retry", "three retries"]
    assert list(gateways.ways_of(Path("venv/bin/mbtcp-tcp2rtu"))) == ["no retry"]


def test_one_that_is_not_known_ends_the_bench() -> None:
    with pytest.raises(SystemExit, match="other: it is not known how to start it; known are mbusd, mbtcp-tcp2rtu"):
        gateways.ways_of(Path("/x/other"))


def test_without_a_program_of_others_their_rows_say_so(tmp_path: Path) -> None:
    asked = Asked(tmp_path, quick=True)
    assert asyncio.run(late_gateway(asked))["skipped"].startswith("skipped: no gateway was named: --gateway ")
    assert asyncio.run(beside_peer(asked))["skipped"].startswith("skipped: no thingsboard-gateway was named: ")


def test_values_are_counted_in_what_each_side_sends() -> None:
    reading = {"type": "telemetry.reading", "data": {"quantity": "value_7", "value": 1}}
    assert peer.values_of_ours(json.dumps(reading)) == 1
    assert peer.values_of_ours(json.dumps({"type": "pole.status", "data": {}})) == 0
    moments = {"unit-1": [{"ts": 1, "values": {"a": 1, "b": 2}}, {"ts": 2, "values": {"a": 3}}], "unit-2": []}
    assert peer.values_of_theirs(json.dumps(moments)) == 3


def test_both_sides_are_told_of_the_same_registers() -> None:
    slaves = peer.configuration_of_theirs(1502, 1883, period_ms=100)["modbus.json"]["master"]["slaves"]
    assert [slave["unitId"] for slave in slaves] == list(range(1, 21))
    assert {slave["timeseries"][0]["address"] for slave in slaves} == {"0-49"}
    assert {slave["pollPeriod"] for slave in slaves} == {100}


def test_programs_are_given_by_their_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--only", "other", "--gateway", "a", "b"])
    asked = asked_with("", ROWS, {"gateway": "some", "peer": "another"})
    assert (asked.only, asked.quick, asked.gateway, asked.peer) == (["other"], False, [Path("a"), Path("b")], [])
