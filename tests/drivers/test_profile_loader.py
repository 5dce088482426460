"""Profiles of one kind, whatever it is: which are found, which is taken, and what is told of one that is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from drivers import profile_loader
from drivers.mistakes import Mistake, ProfileError
from drivers.options import Options
from drivers.profile_loader import ProfileLoader


class Row(Options, frozen=True):
    at: int


class Pump(Options, frozen=True):
    description: str
    low: int = 0
    high: int = 1
    row: tuple[Row, ...] = ()


class Profile(Struct, frozen=True):
    name: str
    tables: Pump


class Bench:
    """A loader of profiles of pumps, with a folder of those that are shipped, and one of the technician's own."""

    def __init__(self, folder: Path) -> None:
        self.own = folder / "own"
        for each in (folder / "shipped" / "pump", self.own / "pump"):
            each.mkdir(parents=True)
        self.tried: list[str] = []
        self.loader = ProfileLoader(Pump, self._checks, self._vectors, build=Profile, folder="pump")

    def _checks(self, tables: Pump) -> Iterator[Mistake]:
        self.tried.append(tables.description)
        if tables.low > tables.high:
            yield "", "low", "is more than high"

    def _vectors(self, tables: Pump) -> Iterator[Mistake]:
        for number, row in enumerate(tables.row, 1):
            if row.at < 0:
                yield f"row#{number}", "at", "comes out otherwise"

    def ship(self, name: str, text: str) -> None:
        (self.loader.shipped / f"{name}.toml").write_text(text)

    def write(self, name: str, text: str) -> Path:
        path = self.own / "pump" / f"{name}.toml"
        path.write_text(text)
        return path

    def told(self, text: str) -> list[str]:
        path = self.write("own", text)
        with pytest.raises(ProfileError) as caught:
            self.loader.find("own", self.own)
        return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(profile_loader, "SHIPPED", tmp_path / "shipped")
    return Bench(tmp_path)


def test_ones_own_goes_before_one_that_is_shipped(bench: Bench) -> None:
    bench.ship("a", 'description = "shipped"')
    bench.ship("b", 'description = "shipped"')
    bench.write("b", 'description = "own"')
    assert bench.loader.names(bench.own) == bench.loader.names() == ("a", "b")
    found = {(name, own): bench.loader.find(name, own) for name in ("a", "b") for own in (bench.own, None)}
    assert found == {
        ("a", bench.own): Profile("a", Pump("shipped")),
        ("a", None): Profile("a", Pump("shipped")),
        ("b", bench.own): Profile("b", Pump("own")),
        ("b", None): Profile("b", Pump("shipped")),
    }


def test_there_is_none_of_that_name(bench: Bench) -> None:
    bench.ship("a", 'description = "shipped"')
    assert bench.loader.find("x", bench.own) is None
    with pytest.raises(ProfileError, match=r'there is no profile "x"; there are a$'):
        bench.loader.load("x", bench.own)


def test_a_name_leads_out_of_no_folder(bench: Bench) -> None:
    (bench.own / "map.toml").write_text('description = "of another kind"')
    assert bench.loader.find("../map", bench.own) is None and bench.loader.path_of("../map", bench.own) is None


def test_types_are_judged_first_then_what_they_say_then_the_vectors(bench: Bench) -> None:
    text = 'description = "d"\nlow = {low}\n[[row]]\nat = {at}\n[[row]]\nat = -2\n'
    assert bench.told(text.format(low=3, at='"x"')) == ['4: [row] at: "x" is text; expected a whole number']
    assert bench.told(text.format(low=3, at=-1)) == ["2: low: is more than high"]
    assert bench.told(text.format(low=0, at=-1)) == [
        "4: [row] at: comes out otherwise", "6: [row] at: comes out otherwise",
    ]  # fmt: skip
    assert [each.partition(" ")[0] for each in bench.told(text)] == ["2:"]


def test_a_kind_may_judge_its_types_by_itself(bench: Bench) -> None:
    loader = ProfileLoader(
        Pump, lambda _: (), lambda _: (), build=Profile, folder="pump", wrong_types=lambda _: [("", "low", "is odd")]
    )
    bench.write("own", 'description = "d"\nlow = 1')
    with pytest.raises(ProfileError, match=r"own\.toml:2: low: is odd"):
        loader.find("own", bench.own)


def test_each_text_is_judged_once_and_a_changed_one_anew(bench: Bench) -> None:
    for low in (0, 0, 9, 9, 1):
        bench.write("own", f'description = "{low}"\nlow = {low}')
        if low <= 1:
            assert bench.loader.find("own", bench.own) == Profile("own", Pump(str(low), low))
        else:
            with pytest.raises(ProfileError, match="is more than high"):
                bench.loader.find("own", bench.own)
    assert bench.tried == ["0", "9", "1"]


def test_one_that_others_may_change_is_refused(bench: Bench) -> None:
    bench.write("own", 'description = "d"').chmod(0o666)
    with pytest.raises(ProfileError, match="cannot be read"):
        bench.loader.find("own", bench.own)
