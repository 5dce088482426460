"""The plan of the house is that of setup.cfg, and every room of it has its words."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from draw import WIDTH, built, plan
from floors import ROOT, WORDS, house

SVG = "{http://www.w3.org/2000/svg}"
Changed = Callable[[str, str], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The contracts with one place of them put in another way."""

    def change(before: str, after: str) -> Path:
        text = (ROOT / "setup.cfg").read_text()
        assert before in text
        (tmp_path / "setup.cfg").write_text(text.replace(before, after, 1))
        return tmp_path / "setup.cfg"

    return change


def test_the_picture_is_current() -> None:
    assert (ROOT / "docs" / "architecture.svg").read_text() == plan(house()), "draw it anew: make plan"


def test_a_room_without_words_is_named(changed: Changed) -> None:
    with pytest.raises(ValueError, match=r"agent\.attic has no words") as error:
        house(changed("    cli\n    start", "    cli | attic\n    start"))
    assert str(error.value).count("has no words") == 1


def test_so_is_one_of_a_trade(changed: Changed) -> None:
    with pytest.raises(ValueError, match=r"trade\.vault has no words"):
        house(changed("    face\n    kinds\n", "    face\n    vault\n    kinds\n"))


def test_words_for_a_room_that_is_gone_are_named(changed: Changed) -> None:
    with pytest.raises(ValueError, match=r"agent\.isolation has words and no floor"):
        house(changed("    isolation\n", ""))


def test_a_journey_through_a_wall_is_named(tmp_path: Path) -> None:
    (tmp_path / "rooms.toml").write_text(WORDS.read_text().replace('room = "drivers.lamp"', 'room = "drivers.candle"'))
    with pytest.raises(ValueError, match=r"drivers\.candle, of a journey, is no room"):
        house(words=tmp_path / "rooms.toml")


def test_each_floor_is_beneath_what_may_import_it() -> None:
    found = house()
    boxes = built(found)[0].rooms
    for package in ("agent", "agent.trades", "drivers"):
        floors = [[boxes[f"{package}.{room}"] for room in floor] for floor in found.floors[package]]
        for floor, below in pairwise(floors):
            assert max(box.bottom for box in floor) < min(box.y for box in below)
        for left, right in (pair for floor in floors for pair in pairwise(floor)):
            assert left.x + left.width < right.x


def test_every_rule_of_every_trade_is_told() -> None:
    found = house()
    words = set(re.findall(r"\w+", " ".join(_texts(plan(found)))))
    assert found.trades == ["parking", "lighting", "kerb", "metering", "sensing"]
    for trade in found.trades:
        assert words >= {trade, *found.rules(trade), *(room for floor in found.faces(trade) for room in floor)}


def test_nothing_lies_outside_of_the_picture() -> None:
    for each in ElementTree.fromstring(plan(house())).iter():
        if each.tag == f"{SVG}rect":
            assert 0 <= float(each.get("x", 0)) <= float(each.get("x", 0)) + float(each.attrib["width"]) <= WIDTH
        for x, _ in re.findall(r"(-?[\d.]+) (-?[\d.]+)", each.get("d", "")):
            assert 0 <= float(x) <= WIDTH


def _texts(picture: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]
