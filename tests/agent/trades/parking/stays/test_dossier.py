"""The dossier of one stay: kept beside its events, found by its identity, printed for whoever contests it."""

from pathlib import Path

import msgspec
import pytest

from agent.clock import Moment
from agent.regulation import order_of
from agent.rule import Step
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stay_page import page
from agent.trades.parking.stays import bay as bay_rule
from agent.trades.parking.stays.dossier import KEPT, Order, Recorder, StayRecord, key_of, may_be_of
from agent.trades.parking.stays.evidence import Beside, Evidence
from agent.trades.parking.stays.state import Bay, BayState, initial
from drivers.base import Reading, Reporting
from drivers.options import Seconds

CAR_MM, ROAD_MM = 600, 2500
OPTIONS = BayOptions(sensor="s1", limit_s=Seconds(60))
ORDER = Order(msgspec.Raw(b'[{"category":"general","limit":60.0}]'), "0123456789abcdef")


class Pole:
    """One bay, and what was written of its stays."""

    def __init__(self, beside: Beside = Evidence) -> None:
        self.rows: dict[str, StayRecord] = {}
        self.state: BayState = initial()
        self.mono_s = 0.0
        self.records = Recorder("b1", ORDER, StayRecord())
        source, order = (
            source_of("s1", OPTIONS, Reporting(1.0, "distance")),
            order_of(OPTIONS, {}, "Europe/Paris", "fr"),
        )
        bay = Bay("b1", (source,), order, 600.0)
        self.step = self.records.noting(
            lambda state, now, reading: bay_rule.step(bay, state, now, reading, beside=beside)
        )

    def see(self, mm: int, seconds: int) -> None:
        for _ in range(seconds):
            self.mono_s += 1.0
            now = Moment(1.8e9 + self.mono_s, self.mono_s, "boot", True)
            answer = self.step(self.state, now, Reading("s1", "distance_mm", mm, self.mono_s))
            self.state = answer.state
            self.rows |= {key: record for key, record in answer.beside.items() if isinstance(record, StayRecord)}
            if answer.events:
                self.records.committed()


def test_all_that_was_told_of_a_stay_is_kept_with_what_decided_it() -> None:
    pole = Pole()
    pole.see(ROAD_MM, 20)
    pole.see(CAR_MM, 90)
    pole.see(ROAD_MM, 20)
    (record,) = pole.rows.values()
    assert [each.type for each in record.events] == ["bay.occupied", "bay.overstay", "bay.freed"]
    assert record.stay is not None and record.stay.charge_s == 88.0
    assert [each.occupied for each in record.stay.came].count(True) >= 4
    assert [each.occupied for each in record.went].count(False) >= 4
    assert {each.distance_mm for each in record.stay.came if each.occupied} == {float(CAR_MM)}
    assert {each.distance_mm for each in record.went if not each.occupied} == {float(ROAD_MM)}
    assert "occupied, 600 mm, 1 s after the one before" in page(record) and "free, 2500 mm, 1 s" in page(record)
    assert msgspec.json.decode(msgspec.json.encode(record), type=StayRecord).order_digest == ORDER.digest


def test_the_oldest_stay_makes_room_for_the_newest() -> None:
    pole = Pole()
    for _ in range(KEPT + 3):
        pole.see(ROAD_MM, 12)
        pole.see(CAR_MM, 12)
    assert len(pole.rows) == KEPT
    assert {record.number for record in pole.rows.values()} == set(range(4, KEPT + 4))


def test_a_page_says_what_it_is_worth_and_runs_nothing() -> None:
    pole = Pole()
    pole.see(ROAD_MM, 20)
    pole.see(CAR_MM, 90)
    (record,) = pole.rows.values()
    printed = page(msgspec.structs.replace(record, bay="<script>"))
    assert "<script" not in printed and "&lt;script&gt;" in printed
    assert "bay.overstay" in printed and "charge_s" in printed and ORDER.digest in printed
    with pytest.raises(ValueError, match="nothing is known"):
        page(StayRecord())


@pytest.mark.parametrize(("stay", "found"), [("b1.boot.1", True), ("b12.boot.1", False), ("b1", False)])
def test_a_record_is_looked_for_under_the_name_of_its_bay(stay: str, found: bool) -> None:
    assert may_be_of(key_of("b1", 5), stay) is found


def test_a_page_cannot_be_written_where_there_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from agent.trades.parking.report_stay import run

    assert run("b1.boot.1", tmp_path / "page.html", tmp_path / "socket", tmp_path / "no.db") == 1
    assert "there is no such file" in capsys.readouterr().err


def test_what_the_store_refused_is_no_part_of_the_next_record() -> None:
    pole = Pole()
    pole.see(ROAD_MM, 20)
    pole.see(CAR_MM, 20)
    before = pole.state
    for second in range(41, 120):
        now = Moment(1.8e9 + second, float(second), "boot", True)
        answer = pole.step(before, now, Reading("s1", "distance_mm", CAR_MM, float(second)))
        if answer.events:
            break
        before = answer.state
    assert [event.type for event in answer.events] == ["bay.overstay"], "the store refuses it"
    assert not pole.records.noting(lambda state, now, reading: Step(state))(before, now, None).events
    pole.records.committed()
    again = pole.step(before, now, Reading("s1", "distance_mm", CAR_MM, float(second)))
    (record,) = (each for each in again.beside.values() if isinstance(each, StayRecord))
    assert [each.type for each in record.events] == ["bay.occupied", "bay.overstay"]


def test_a_stay_that_was_erased_is_not_written_again_with_its_next_event() -> None:
    pole = Pole()
    pole.see(ROAD_MM, 20)
    pole.see(CAR_MM, 20)
    pole.records.forget(lambda moments: not moments)
    pole.records.forget(lambda record: len(record.moments) == 1)
    pole.rows.clear()
    pole.see(CAR_MM, 70)
    (record,) = pole.rows.values()
    assert [each.type for each in record.events] == ["bay.overstay"]


def test_the_clock_stands_beside_a_claim_with_who_keeps_it() -> None:
    pole = Pole(lambda: Evidence("ntp", 0.004, (), "chrony", "192.0.2.7", 1.8e9, clock_authenticated=True))
    pole.see(ROAD_MM, 20)
    pole.see(CAR_MM, 90)
    (record,) = pole.rows.values()
    told = msgspec.json.decode(record.events[-1].data)
    assert {key: value for key, value in told.items() if key.startswith("clock_")} == {
        "clock_source": "ntp",
        "clock_error_s": 0.004,
        "clock_kept_by": "chrony",
        "clock_reference": "192.0.2.7",
        "clock_updated_at": "2027-01-15T08:00:00.000Z",
        "clock_authenticated": True,
    }
