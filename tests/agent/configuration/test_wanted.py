"""What is set from afar: what lies above the file then, and whose fault it is where it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.config.problems import ConfigError
from agent.configuration.layered import Found
from agent.configuration.remote import Kept, Layer
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted, found_by, refusal
from agent.trades.kerb.tables import KerbTables
from agent.trades.parking.tables import ParkingTables

Edit = Callable[[str, str], Path]

NOTHING = Layer()


def found(file: Path, wanted: Wanted, before: Layer = NOTHING) -> Found:
    """What runs by it, and again after a restart."""
    sources = Sources(file, default_store=str(file.parent / "state" / "l.db"))
    layer, made = found_by(sources.layered, before, wanted, "c1")
    sources.keep(made.config, Kept(layer))
    assert sources.start() == made
    return made


def refused(file: Path, wanted: Wanted, before: Layer = NOTHING) -> list[str]:
    sources = Sources(file)
    with pytest.raises(ConfigError) as wrong:
        found_by(sources.layered, before, wanted, "c1")
    return refusal(sources.layered, before, wrong.value).split("\n")


def patch(**pole: Any) -> Wanted:
    return Wanted(patch={"pole": pole})


FURTHER = {"lamp": {"lamp-9": {"line": "l", "unit": 900}}, "sensor": {"ear": {"port": 5}}, "pole": {"site": None}}


def test_mistakes_of_a_patch_carry_the_path_of_their_key_and_no_line(file: Path) -> None:
    said = refused(file, Wanted(patch=FURTHER))
    assert all(line.startswith("from afar: [") for line in said)
    for path in ("[lamp.lamp-9] profile: is missing", "[lamp.lamp-9] unit: 900", "[sensor.ear] port: 5", "[pole] site"):
        assert any(line.startswith(f"from afar: {path}") for line in said), (path, said)


def test_what_a_patch_makes_wrong_elsewhere_is_told_where_it_stands(file: Path) -> None:
    said = refused(file, Wanted(patch={"line": None}))
    assert [line.startswith(f"{file}:18: [meter.m] line: there is no [line.l]") for line in said] == [True]


def test_another_table_that_came_from_afar_is_named_without_a_line(file: Path) -> None:
    both = {name: {"sensor": "eye"} for name in ("b2", "b3")}
    said = "\n".join(refused(file, Wanted(patch={"sensor": {"eye": {"kind": "a02", "port": "/dev/y"}}, "bay": both})))
    assert '"eye" is the sensor of [bay.b2] from afar already' in said
    said = "\n".join(refused(file, Wanted(patch={"bay": {"b2": {"sensor": "ear"}}})))
    assert '"ear" is the sensor of [bay.b1] on line 24 already' in said


def test_mistakes_of_a_whole_file_carry_its_own_lines_all_at_once(file: Path) -> None:
    text = "\n\n" + file.read_text().replace("latitude = 45.7", "latitude = 457").replace("4.8", "4,8")
    said = refused(file, Wanted(file=text))
    assert [line.partition(": ")[0] for line in said] == ["file from afar:7", "file from afar:8:14"]


def test_many_mistakes_are_told_up_to_a_bound_and_counted(file: Path) -> None:
    said = refused(file, Wanted(patch={"sensor": {f"s{at:02}": {"kind": "x" * 400} for at in range(30)}}))
    assert len(said) == 21 and said[-1] == "and 10 more"
    assert len(refused(file, Wanted(patch={"nonsense": {"x" * 5000: 1}}))[0]) <= 500


@pytest.mark.parametrize(
    "wrong", ["latitude = 45,7", "latitude = 457", "latitude = N/A", "latitude =", "latitude 45.7"]
)
def test_promise_a_mistake_in_the_file_is_put_right_by_a_patch_of_its_key(file: Path, edit: Edit, wrong: str) -> None:
    edit("latitude = 45.7", wrong)
    made = found(file, patch(latitude=46.5))
    assert made.config.pole.latitude == 46.5 and made.in_force.source == "remote"
    assert made.in_force.problem is None
    (told,) = made.in_force.repaired
    assert told.startswith(f"{file}:5:")


def test_a_patch_with_what_the_wrong_line_meant_puts_it_right_as_well(file: Path, edit: Edit) -> None:
    edit("latitude = 45.7", "latitude = 45,7")
    made = found(file, patch(latitude=45.7))
    assert (made.config.pole.latitude, made.in_force.source) == (45.7, "remote")


def test_promise_a_patch_of_another_key_says_that_the_fault_lies_in_the_file(file: Path, edit: Edit) -> None:
    edit("longitude = 4.8", "longitude = 4,8")
    said = refused(file, patch(latitude=46.5))
    assert said[0].startswith("the pole's own file is wrong; a patch") and said[1].startswith(f"{file}:6:")
    said = refused(file, patch(latitude=460))
    assert said[0].startswith("from afar: [pole] latitude") and said[1].startswith("the pole's own file")
    assert said[2].startswith(f"{file}:6:") and len(said) == 3


@pytest.mark.parametrize("wrong", ["[pole", "latitude = 45,7\n[line.l]", "\xff"])
def test_promise_a_file_that_is_wrong_however_is_put_right_by_a_whole_one(file: Path, wrong: str) -> None:
    text = file.read_text()
    file.write_bytes(text.replace("[line.l]", wrong, 1).encode("latin-1"))
    made = found(file, Wanted(file=text.replace("45.7", "46.5")))
    assert made.config.pole.latitude == 46.5 and made.config.of(KerbTables).kerb.mode == "alert"
    assert made.in_force.source == "remote" and made.in_force.repaired


def test_a_hand_that_changes_a_wrong_file_is_asked_again(file: Path) -> None:
    text = file.read_text()
    file.write_text(text.replace("[line.l]", "[line.l", 1))
    found(file, Wanted(file=text.replace("45.7", "46.5")))
    file.write_text(text.replace("[line.l]", "[line.l ", 1))
    with pytest.raises(ConfigError, match=r":14:"):
        Sources(file).start()
    file.write_text(text.replace("45.7", "47.5"))
    again = Sources(file).start()
    assert again.config.pole.latitude == 47.5 and "pole/latitude" in again.in_force.superseded


@pytest.mark.parametrize("gone", [False, True])
def test_promise_security_nothing_is_set_above_a_file_that_cannot_be_read_or_that_others_may_change(
    file: Path, gone: bool
) -> None:
    text = file.read_text()
    file.unlink() if gone else file.chmod(0o666)
    said = refused(file, Wanted(file=text))
    assert said[0] == "the pole's own file is wrong, which takes somebody at the pole:" and str(file) in said[1]


def test_all_that_came_from_afar_is_forgotten_from_afar(file: Path) -> None:
    layer, _ = found_by(Sources(file).layered, NOTHING, patch(latitude=46.5), "c1")
    made = found(file, Wanted(forget=True), layer)
    assert (made.config.pole.latitude, made.in_force.source) == (45.7, "file")
    assert not (file.parent / "state" / "configuration" / "remote.json").exists()


@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(patch={}, file=""), Wanted(file="", forget=True), Wanted(patch={}, forget=True)]
)
def test_one_of_patch_file_and_forget(file: Path, wanted: Wanted) -> None:
    with pytest.raises(ValueError, match="one of"):
        found_by(Sources(file).layered, NOTHING, wanted, "c1")


def test_what_the_rules_of_the_town_say_wrong_is_told_with_their_lines(file: Path) -> None:
    (file.parent / "rules.toml").write_text('[rule.short]\ncategory = "generall"\nlimit = "10min"\n')
    said = refused(file, patch(latitude=46.5))
    assert said[1].startswith(f"{file.parent / 'rules.toml'}:2:")
    assert found(file, Wanted(patch={"parking": None, "bay": {"b1": {"rule": None}}})).config.of(ParkingTables).bay
