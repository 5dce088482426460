"""The configuration by which a pole starts, whatever is wrong with the file."""

import contextlib
import os
import socket
import stat
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.config.problems import ConfigError
from agent.config.schema import Config
from agent.configuration import stored
from agent.configuration.file import FILE
from agent.configuration.in_force import Problem
from agent.configuration.last_good import LastGood
from agent.configuration.remote import Kept, Layer
from agent.configuration.shown import as_file
from agent.configuration.sources import Sources, socket_of
from agent.configuration.wanted import Wanted, found_by
from agent.trades.kerb.options import KerbOptions
from agent.trades.kerb.tables import KerbTables
from agent.trades.parking.tables import ParkingTables
from drivers import profile

Edit = Callable[[str, str], Path]


def kept_good(file: Path) -> Config:
    """What ran well."""
    found = Sources(file).start()
    Sources(file).keep_good(found.config, healthy=True)
    return found.config


def latitude_kept(file: Path) -> float | None:
    kept = LastGood(file.parent / "state" / stored.FOLDER, file, FILE).load()
    return None if kept is None else kept[0].pole.latitude


def kerb(config: Config) -> KerbOptions:
    return config.of(KerbTables).kerb


def test_a_file_that_is_right_runs_alone(file: Path) -> None:
    found = Sources(file).start()
    assert (found.in_force.source, found.in_force.problem, found.in_force.superseded) == ("file", None, ())


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("latitude = 45.7", "latitude = 45,7", 5),
        ("latitude = 45.7", "latitude = 450", 5),
        ('sensor = "ear"', 'sensor = "eye"', 25),
        ("[meter.m]", "[meter.m", 17),
        ("[line.l]", "[pole]", 14),
    ],
)
def test_promise_a_wrong_file_at_the_start_runs_the_last_good_one_and_says_where(
    file: Path, edit: Edit, old: str, new: str, line: int
) -> None:
    good = kept_good(file)
    edit(old, new)
    found = Sources(file).start()
    problem = found.in_force.problem
    assert found.in_force.source == "last_good" and problem is not None
    assert (problem.file, problem.line) == (str(file), line) and problem.text
    assert found.config.of(ParkingTables) == good.of(ParkingTables)


def runs_last_good(file: Path, good: Config) -> bool:
    found = Sources(file, default_store="/nowhere/l.db").start()
    return found.in_force.source == "last_good" and found.config.of(ParkingTables) == good.of(ParkingTables)


@pytest.fixture
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no systemd, and no folder where anything could be noted."""
    monkeypatch.delenv("STATE_DIRECTORY")


NAMED = '[store]\npath = "{store}"\n'
STORES = {
    "no end quote": '[store]\npath = "{store}\n',
    "no quotes": "[store]\npath = {store}\n",
    "typographic quotes": "[store]\npath = \u201c{store}\u201d\n",
    "mixed quotes": "[store]\npath = \"{store}'\n",
    "no bracket": '[store\npath = "{store}"\n',
    "another header": '[stor]\npath = "{store}"\n',
    "a capital": '[Store]\npath = "{store}"\n',
    "no header": 'path = "{store}"\n',
    "another key": '[store]\npth = "{store}"\n',
    "braces": 'store = {{ path = "{store}" }}\n',
    "dots": 'store.path = "{store}"\n',
}


def with_store(file: Path, written: str) -> None:
    """The file with another table of the store, before the others and wrong: a decimal has a comma."""
    store = str(file.parent / "state" / "l.db")
    text = file.read_text().replace(NAMED.format(store=store), "").replace("latitude = 45.7", "latitude = 45,7")
    file.write_text(written.format(store=store) + text)


@pytest.mark.parametrize("written", STORES.values(), ids=STORES)
def test_promise_the_last_good_one_is_found_however_the_store_is_written(
    file: Path, nothing_noted: None, written: str
) -> None:
    good = kept_good(file)
    with_store(file, written)
    assert runs_last_good(file, good)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"# " + b"x" * 10_000_000, b"[store]\npath = 5\n", None])
def test_promise_the_last_good_one_runs_whatever_the_file_is(file: Path, content: bytes | None) -> None:
    good = kept_good(file)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert runs_last_good(file, good)
    assert kerb(Sources(file).start().config).mode == "statistics"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: Path(path).symlink_to("/nowhere/lamppost.toml")])
def test_promise_the_last_good_one_runs_whatever_stands_in_the_place_of_the_file(
    file: Path, make: Callable[[Path], None]
) -> None:
    good = kept_good(file)
    file.unlink()
    make(file)
    assert runs_last_good(file, good)


def test_promise_the_last_good_one_of_a_linked_file_runs_when_the_link_is_gone(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    good = kept_good(link)
    link.unlink()
    assert runs_last_good(link, good)


def test_promise_the_last_good_one_is_found_where_it_was_when_the_file_names_another_store(file: Path) -> None:
    good = kept_good(file)
    other = file.read_text().replace("/state/l.db", "/stae/l.db").replace("latitude = 45.7", "latitude = 45,7")
    file.write_text(other)
    assert runs_last_good(file, good)


def test_promise_security_who_may_write_the_file_leads_to_no_last_good_one_of_his_own(
    file: Path, nothing_noted: None
) -> None:
    kept_good(file)
    file.chmod(0o666)
    with pytest.raises(ConfigError, match="may be written by others"):
        Sources(file, default_store="/nowhere/l.db").start()


def test_promise_security_what_others_may_write_tells_of_no_place(file: Path, state: Path) -> None:
    kept_good(file)
    (noted,) = (state / stored.FOLDER).iterdir()
    file.unlink()
    noted.chmod(0o666)
    with pytest.raises(ConfigError, match="no such file"):
        Sources(file, default_store="/nowhere/l.db").start()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of systemd, for this pole alone."""
    folder = tmp_path / "state-of-the-unit"
    folder.mkdir(0o700)
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


def test_one_that_has_but_started_elsewhere_does_not_hide_one_that_ran_well(file: Path, state: Path) -> None:
    good = kept_good(file)
    file.write_text(file.read_text().replace("/state/l.db", "/stae/l.db"))
    Sources(file).keep_good(started := Sources(file).start().config, healthy=False)
    text = file.read_text()
    file.unlink()
    assert Sources(file).start().config.store == good.store
    file.write_text(text)
    Sources(file).keep_good(started, healthy=True)
    file.unlink()
    assert Sources(file).start().config.store == started.store


def test_nothing_is_noted_of_a_store_in_the_folder_of_the_unit(
    file: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_good(file)
    (noted,) = (state / stored.FOLDER).iterdir()
    file.write_text(file.read_text().replace(f"{file.parent}/state/", f"{state}/"))
    good = kept_good(file)
    assert not noted.exists()
    file.unlink()
    assert runs_last_good(file, good)


def test_where_nothing_can_be_noted_the_last_good_one_is_kept_all_the_same(
    file: Path, tmp_path: Path, nothing_noted: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    (tmp_path / "of-the-unit").mkdir()
    (tmp_path / "of-the-unit" / "configuration").touch()
    sources = Sources(file, default_store=str(tmp_path / "of-the-unit" / "l.db"))
    sources.keep_good(sources.start().config, healthy=True)
    assert latitude_kept(file) == 45.7 and "its place cannot be noted" in caplog.text


def test_a_daemon_that_is_run_by_hand_makes_no_folder_of_the_unit(
    file: Path, tmp_path: Path, nothing_noted: None
) -> None:
    sources = Sources(file, default_store=str(tmp_path / "of-the-unit" / "l.db"))
    sources.keep_good(sources.start().config, healthy=True)
    assert latitude_kept(file) == 45.7 and not (tmp_path / "of-the-unit").exists()


def test_without_a_last_good_one_a_wrong_file_is_an_error(edit: Edit) -> None:
    file = edit("latitude = 45.7", "latitude = 45,7")
    with pytest.raises(ConfigError, match="decimals take a point"):
        Sources(file, default_store="/nowhere/l.db").start()


def test_the_last_good_one_of_another_file_is_none(file: Path, edit: Edit) -> None:
    kept_good(file)
    other = file.with_name("other.toml")
    other.write_text(edit("latitude = 45.7", "latitude = 45,7").read_text())
    with pytest.raises(ConfigError):
        Sources(other, default_store="/nowhere/l.db").start()


def test_the_last_good_one_has_the_rules_and_register_maps_of_then(file: Path) -> None:
    kept_good(file)
    (file.parent / "rules.toml").write_text("[rule.short")
    (file.parent / "profiles" / "own.toml").write_text("description =")
    found = Sources(file).start()
    assert found.in_force.source == "last_good"
    assert found.config.of(ParkingTables).rule["short"].limit_s == 600
    assert profile.load("own", Path(found.config.pole.profiles_dir)).tables.register["active_power_w"].address == 1


def test_promise_security_register_maps_are_not_written_through_a_link(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept_good(file)
    (theirs := tmp_path / "theirs").mkdir()
    (file.parent / "state" / stored.FOLDER / "last-good-profiles").symlink_to(theirs)
    file.unlink()
    assert Sources(file).start().in_force.source == "last_good"
    assert not [*theirs.iterdir()] and "last-good-profiles is a link, which is not followed" in caplog.text


def test_what_is_kept_is_for_the_daemon_alone_and_a_damaged_one_is_none(file: Path, edit: Edit) -> None:
    good = kept_good(file)
    (kept,) = (Path(good.store.path).parent / "configuration").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    edit("latitude = 45.7", "latitude = 45,7")
    kept.write_bytes(kept.read_bytes().replace(b"45.7", b"46.7"))
    with pytest.raises(ConfigError):
        Sources(file, default_store="/nowhere/l.db").start()
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(ConfigError):
        Sources(file, default_store="/nowhere/l.db").start()


def test_one_that_has_but_started_gives_way_and_one_that_ran_well_does_not(file: Path, edit: Edit) -> None:
    sources = Sources(file)
    first = sources.start().config
    sources.keep_good(first, healthy=False)
    second = Sources(edit("latitude = 45.7", "latitude = 46.7")).start().config
    sources.keep_good(second, healthy=False)
    assert latitude_kept(file) == 46.7
    sources.keep_good(second, healthy=True)
    sources.keep_good(first, healthy=False)
    assert latitude_kept(file) == 46.7
    sources.keep_good(first, healthy=True)
    assert latitude_kept(file) == 45.7


WRONG = ("latitude = 45.7", "latitude = 45,7")


@pytest.mark.parametrize(
    ("old", "new", "mode", "until"),
    [
        ("# nothing else", "", "alert", date(2999, 12, 31)),
        ("valid_until = 2999-12-31", "valid_until = 2998-12-31", "alert", date(2998, 12, 31)),
        ("valid_until = 2999-12-31", "valid_until = 3999-12-31", "alert", date(2999, 12, 31)),
        ("valid_until = 2999-12-31", "valid_until = 31/12/2999", "statistics", None),
        ('mode = "alert"', 'mode = "statistics"', "statistics", None),
        ('mode = "alert"', "mode = alert", "statistics", None),
        ('mode = "alert"', 'mode = "alerts"', "statistics", None),
        ('reference = "Order 1"', 'reference = "Order 2"', "statistics", None),
        ("[kerb.authorisation]", "[kerb.authorization]", "statistics", None),
        ("[kerb.authorisation]", "[kerb.authorisation", "statistics", None),
        ("[kerb]", "[curb]", "statistics", None),
        ('controller = "Exampletown"', "", "statistics", None),
    ],
)
def test_promise_privacy_a_typo_never_revives_an_authorisation(
    file: Path, edit: Edit, old: str, new: str, mode: str, until: date | None
) -> None:
    kept_good(file)
    edit(*WRONG)
    if not old.startswith("#"):
        edit(old, new)
    found = Sources(file).start()
    assert found.in_force.source == "last_good" and kerb(found.config).mode == mode
    authorisation = kerb(found.config).authorisation
    assert until is None or (authorisation is not None and authorisation.valid_until == until)


def test_promise_privacy_statistics_never_become_alert(file: Path, edit: Edit) -> None:
    edit('mode = "alert"', 'mode = "statistics"')
    kept_good(file)
    edit('mode = "statistics"', 'mode = "alert"')
    edit(*WRONG)
    assert kerb(Sources(file).start().config).mode == "statistics"


def layered(file: Path, patch: dict[str, Any], before: Layer | None = None) -> Layer:
    sources = Sources(file)
    layer, found = found_by(sources.layered, before or Layer(), Wanted(patch=patch), "c1")
    sources.keep(found.config, Kept(layer))
    return layer


def test_what_came_from_afar_lies_above_the_file(file: Path) -> None:
    layered(file, {"pole": {"latitude": 46.5}, "kerb": {"authorisation": {"valid_until": "2998-01-01"}}})
    found = Sources(file).start()
    assert found.config.pole.latitude == 46.5
    assert (authorisation := kerb(found.config).authorisation) and authorisation.valid_until == date(2998, 1, 1)
    assert found.in_force.source == "remote" and found.in_force.sha256 != Sources(file).load(Layer()).in_force.sha256


def test_a_whole_file_from_afar_is_what_runs(file: Path) -> None:
    text = file.read_text().replace("latitude = 45.7", "latitude = 46.5").replace("2999-12-31", "2998-01-01")
    sources = Sources(file)
    _, found = found_by(sources.layered, Layer(), Wanted(file=text), "c1")
    file.write_text(text)
    assert found.config == Sources(file).start().config


def test_promise_a_key_that_is_edited_by_hand_later_wins_key_by_key(file: Path, edit: Edit) -> None:
    layered(file, {"pole": {"latitude": 46.5, "longitude": 5.5}})
    edit("latitude = 45.7", "latitude = 47.5")
    found = Sources(file).start()
    assert (found.config.pole.latitude, found.config.pole.longitude) == (47.5, 5.5)
    assert found.in_force.superseded == ("pole/latitude",) and found.in_force.source == "remote"


def test_a_second_patch_lies_above_the_first_and_leaves_what_a_hand_has_overruled(file: Path, edit: Edit) -> None:
    first = layered(file, {"pole": {"latitude": 46.5, "longitude": 5.5}})
    edit("latitude = 45.7", "latitude = 47.5")
    layered(file, {"pole": {"timezone": "Europe/Berlin"}}, first)
    pole = Sources(file).start().config.pole
    assert (pole.latitude, pole.longitude, pole.timezone) == (47.5, 5.5, "Europe/Berlin")


def test_a_table_may_be_taken_away_from_afar_and_comes_back_by_hand(file: Path, edit: Edit) -> None:
    layered(file, {"bay": None})
    assert not Sources(file).start().config.of(ParkingTables).bay
    edit('rule = "short"', 'rule = "short"\nvotes = 3')
    found = Sources(file).start()
    assert "b1" in found.config.of(ParkingTables).bay and found.in_force.superseded == ("bay",)


@pytest.mark.parametrize("patch", [{"pole": {}}, {"pole": None}, {"line": None}, {"sensor": {}}, {"uplink": 3}])
def test_a_patch_that_empties_a_table_is_an_error_or_nothing(file: Path, patch: dict[str, Any]) -> None:
    sources = Sources(file)
    if {} in patch.values():
        assert found_by(sources.layered, Layer(), Wanted(patch=patch), "c1")[1].config == sources.start().config
    else:
        with pytest.raises(ConfigError):
            found_by(sources.layered, Layer(), Wanted(patch=patch), "c1")


def test_where_file_and_patch_do_not_fit_any_more_the_file_runs_alone_and_says_so(file: Path, edit: Edit) -> None:
    layered(file, {"sensor": {"eye": EYE}, "bay": {"b2": {"sensor": "eye", "rule": "short"}}})
    (file.parent / "rules.toml").write_text(RULES_OTHER)
    edit('rule = "short"', 'rule = "long"')
    found = Sources(file).start()
    assert found.in_force.source == "file" and found.in_force.problem is not None
    assert {"bay/b2/sensor", "bay/b2/rule", "sensor/eye/port"} <= set(found.in_force.superseded)


EYE = {"kind": "a02", "port": "/dev/ttyY"}
RULES_OTHER = '[rule.long]\ncategory = "general"\nlimit = "20min"\n'


def test_promise_what_was_not_confirmed_before_the_daemon_ended_is_taken_back(file: Path) -> None:
    first = layered(file, {"pole": {"latitude": 46.5}})
    sources = Sources(file)
    second, _ = found_by(sources.layered, first, Wanted(patch={"pole": {"latitude": 47.5}}), "c2")
    sources.keep(sources.start().config, Kept(second, first))
    found = Sources(file).start()
    assert found.rolled_back and found.config.pole.latitude == 46.5
    again = Sources(file).start()
    assert not again.rolled_back and again.config.pole.latitude == 46.5


@pytest.mark.parametrize("wrong", ["latitude = 45,7", "latitude = 457"])
def test_promise_what_was_not_confirmed_is_taken_back_by_the_last_good_one_too(
    file: Path, edit: Edit, wrong: str
) -> None:
    good = kept_good(file)
    sources = Sources(file)
    first = layered(file, {"pole": {"longitude": 5.5}})
    tried, _ = found_by(sources.layered, first, Wanted(patch={"pole": {"latitude": 47.5}}), "c2")
    sources.keep(good, Kept(tried, first))
    edit("latitude = 45.7", wrong)
    found = Sources(file).start()
    assert found.in_force.source == "last_good" and found.rolled_back and sources.kept(good) == Kept(first)
    edit(wrong, "latitude = 45.7")
    again = Sources(file).start()
    assert (again.rolled_back, again.config.pole.latitude, again.config.pole.longitude) == (False, 45.7, 5.5)


def test_promise_security_a_file_that_others_may_change_does_not_run_but_the_last_good_one(file: Path) -> None:
    good = kept_good(file)
    file.chmod(0o666)
    found = Sources(file).start()
    assert found.in_force.source == "last_good"
    assert found.in_force.problem is not None
    assert found.in_force.problem.text.endswith(f"chmod go-w {file}")
    assert found.config.of(ParkingTables) == good.of(ParkingTables)


@pytest.fixture
def listens(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Somebody listens at a path."""
    with contextlib.ExitStack() as open_:

        def listen(name: str) -> Path:
            bound = open_.enter_context(socket.socket(socket.AF_UNIX))
            bound.bind(str(tmp_path / name))
            bound.listen()
            return tmp_path / name

        yield listen


@pytest.mark.parametrize(
    "breaks",
    [
        lambda text: text.replace(".sock", ".other"),
        lambda text: text.replace('.sock"', ".other").replace("45.7", "45,7"),
        lambda text: text.replace("socket =", "sockt ="),
        lambda text: text.replace("[pole]", "[pool]"),
        lambda text: "",
        None,
    ],
)
def test_promise_the_daemon_that_runs_by_the_last_good_one_is_found(
    file: Path, listens: Callable[[str], Path], breaks: Callable[[str], str] | None
) -> None:
    path = listens("l.sock")
    text = file.read_text().replace("[pole]", f'[pole]\nsocket = "{path}"', 1)
    file.write_text(text)
    kept_good(file)
    file.unlink()
    if breaks is not None:
        file.write_text(breaks(text))
    assert socket_of(file, Path("/default")) == path


def test_a_daemon_that_listens_where_the_file_says_is_that_of_the_file(
    file: Path, listens: Callable[[str], Path]
) -> None:
    text = file.read_text()
    file.write_text(text.replace("[pole]", f'[pole]\nsocket = "{listens("before.sock")}"', 1))
    kept_good(file)
    file.write_text(text.replace("[pole]", f'[pole]\nsocket = "{(now := listens("now.sock"))}"', 1))
    assert socket_of(file, Path("/default")) == now


@pytest.mark.parametrize(
    "line", ['"/run/there.sock', "/run/there.sock  # here", "\u201c/run/there.sock\u201d", "'/run/there.sock\""]
)
def test_a_socket_is_read_though_its_quotes_are_wrong(file: Path, line: str) -> None:
    file.write_text(f"[pole\nsocket = {line}\n")
    assert socket_of(file, Path("/default")) == Path("/run/there.sock")


@pytest.mark.parametrize(("old", "new"), [("", ""), ("latitude = 45.7", "latitude = N/A"), ("[meter.m]", "[meter.m")])
def test_a_daemon_is_found_by_its_file_though_that_is_wrong(file: Path, old: str, new: str) -> None:
    """A pole whose file is wrong runs by the last good one, and says so to whoever asks."""
    text = file.read_text().replace("[pole]", '[pole]\nsocket = "/run/there.sock"', 1)
    file.write_text(text.replace(old, new, 1) if old else text)
    assert socket_of(file, Path("/default")) == Path("/run/there.sock")


def test_a_daemon_is_where_all_are_when_its_file_names_no_socket(file: Path, tmp_path: Path) -> None:
    file.write_text("[pole]\nlatitude = N/A\n")
    assert socket_of(file, Path("/default")) == Path("/default")
    with pytest.raises(ConfigError, match="no such file"):
        socket_of(tmp_path / "none.toml", Path("/default"))


def test_what_is_wrong_is_logged_with_its_line() -> None:
    assert str(Problem("/a.toml", 4, "x is wrong")) == "/a.toml:4: x is wrong"
    assert str(Problem("/a.toml", None, "x is wrong")) == "/a.toml: x is wrong"
    assert str(Problem(None, None, "from afar: x is wrong")) == "from afar: x is wrong"


def test_all_that_is_wrong_is_known_up_to_a_bound(file: Path, edit: Edit) -> None:
    kept_good(file)
    edit("latitude = 45.7", "latitude = 450")
    edit("longitude = 4.8", "longitude = 480")
    problem = Sources(file).start().in_force.problem
    assert problem is not None and (problem.file, problem.line) == (str(file), 5)
    assert [each.partition(" ")[0] for each in problem.further] == [f"{file}:6:"]
    edit("[line.l]", "".join(f"[sensor.s{at}]\nkind = 1\n" for at in range(40)) + "[line.l]")
    problem = Sources(file).start().in_force.problem
    assert problem is not None and len(problem.further) == 20 and problem.further[-1].startswith("and 2")


def test_the_file_is_named_from_the_root_whatever_the_daemon_was_told(
    file: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_good(file)
    edit(*WRONG)
    monkeypatch.chdir(file.parent)
    in_force = Sources(Path(file.name)).start().in_force
    assert in_force.path == str(file) and in_force.problem is not None and in_force.problem.file == str(file)
    assert str(Problem("/a.toml", None, "there is no such file")) == "/a.toml: there is no such file"


def test_the_socket_of_a_file_that_is_too_large_is_found_at_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text('[pole]\nsocket = "/run/there.sock"\n' + "# too much\n" * 200_000)
    assert socket_of(file, Path("/default")) == Path("/run/there.sock")


def test_promise_the_last_good_one_lets_nobody_order_who_could_not(file: Path, edit: Edit) -> None:
    """The first of several uplinks may order the pole, and what is kept has them in the order of their names."""
    edit("[uplink]", '[uplink.town]\nhost = "127.0.0.1"\n[uplink.lighting]\nport = 1884')
    before = kept_good(file)
    assert {name: each.commands for name, each in before.uplink.items()} == {"town": "all", "lighting": "none"}
    edit("latitude", "lattitude")
    found = Sources(file).start()
    assert found.in_force.source == "last_good" and found.config.uplink == before.uplink


def test_uplinks_are_shown_as_a_file_has_them(file: Path, edit: Edit) -> None:
    edit("[uplink]", '[uplink.lighting]\nport = 1884\nhost = "localhost"\n[uplink]')
    shown = as_file(Sources(file).start().config)["uplink"]
    assert (shown["host"], shown["lighting"]["port"], "" in shown) == ("127.0.0.1", 1884, False)
