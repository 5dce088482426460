"""What goes, and in which order; nobody who may not change the configuration names a file that goes."""

import json
from pathlib import Path

import pytest
from pole_file import OWN, POLE, RULES

from agent.cli.wipe.plan import plan_of
from agent.configuration.whereabouts import Note
from drivers.profile_loader import SHIPPED

TLS = """[uplink.tls]
ca_file = "{elsewhere}/ca.pem"
certificate_file = "{elsewhere}/pole.pem"
key_file = "{elsewhere}/pole.key"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A pole's file in etc, its state in state, keys elsewhere."""
    etc, state, elsewhere = (tmp_path / name for name in ("etc", "state", "elsewhere"))
    for folder in (etc / "profiles", state / "configuration" / "last-good-profiles", elsewhere):
        folder.mkdir(parents=True)
    text = POLE.format(folder=etc).replace(f"{etc}/state", str(state))
    (etc / "lamppost.toml").write_text(text.replace("[parking]", TLS.format(elsewhere=elsewhere) + "[parking]"))
    (etc / "rules.toml").write_text(RULES)
    (etc / "profiles" / "own.toml").write_text(OWN)
    for name in (
        "l.db",
        "l.db-wal",
        "l.db.lock",
        "l.db.corrupt",
        "l.db.of-town.p0",
        "l.db.of-town.p0-wal",
        "l.dbx",
        "z",
    ):
        (state / name).touch()
    for name in ("remote.json", "last-good.json", ".last-good.json.0123456789abcdef.part"):
        (state / "configuration" / name).write_text("{}")
    (state / "configuration" / "last-good-profiles" / "own.toml").touch()
    for name in ("ca.pem", "pole.pem", "pole.key"):
        (elsewhere / name).touch()
    return etc / "lamppost.toml"


def shown(file: Path) -> list[str]:
    top = file.parents[1]
    return [str(item.path.relative_to(top)) for item in plan_of(file, ()).items]


def test_keys_go_first_and_the_configuration_last(file: Path) -> None:
    found = shown(file)
    assert found[:2] == ["elsewhere/pole.key", "elsewhere/pole.pem"] and found[-1] == "etc/lamppost.toml"
    assert set(found[2:-1]) == {
        *(f"state/l.db{more}" for more in ("", "-wal", ".lock", ".corrupt", ".of-town.p0", ".of-town.p0-wal")),
        "state/configuration/remote.json",
        "state/configuration/last-good.json",
        "state/configuration/.last-good.json.0123456789abcdef.part",
        "state/configuration/last-good-profiles/own.toml",
        "etc/profiles/own.toml",
        "etc/rules.toml",
    }


@pytest.mark.parametrize("kind", sorted(each.name for each in SHIPPED.iterdir() if each.is_dir()))
def test_profiles_of_every_kind_go_with_their_folders(file: Path, kind: str) -> None:
    folders = [file.parent / "profiles", file.parents[1] / "state" / "configuration" / "last-good-profiles"]
    for folder in folders:
        (folder / kind).mkdir()
        (folder / kind / "own.toml").touch()
    plan = plan_of(file, ())
    assert {folder / kind / "own.toml" for folder in folders} <= {item.path for item in plan.items}
    for folder in folders:
        assert plan.folders.index(folder / kind) < plan.folders.index(folder)


def test_what_was_noted_of_its_store_goes_and_leads_to_nothing_else(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user of the daemon writes the note, and root removes."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "unit"))
    (note := Note(tmp_path / "unit", file)).keep(str(tmp_path / "elsewhere" / "l.db"))
    (tmp_path / "elsewhere" / "l.db").touch()
    file.unlink()
    plan = plan_of(file, ())
    assert str(note.path.relative_to(tmp_path)) in shown(file) and note.path.parent in plan.folders
    assert not [path for path in shown(file) if path.startswith("elsewhere")]


def test_an_authority_that_lies_elsewhere_stays_and_is_named(file: Path) -> None:
    plan = plan_of(file, ())
    assert [path for path, _ in plan.stays] == [str(file.parents[1] / "elsewhere" / "ca.pem")]
    assert plan.pole == "p1"


def test_in_a_folder_of_its_own_everything_goes(file: Path) -> None:
    (file.parent / "more").mkdir()
    (file.parent / "more" / "password.cred").touch()
    plan = plan_of(file, (file.parent, file.parents[1] / "state"))
    names = {item.path.name for item in plan.items}
    assert {"password.cred", "z", "l.dbx"} <= names and plan.items[-1].path == file
    assert file.parent / "more" in plan.folders


def test_what_the_daemon_wrote_names_nothing_elsewhere(file: Path) -> None:
    """Whoever has taken over the daemon would have root remove what he likes."""
    top = file.parents[1]
    (top / "elsewhere" / "shadow").touch()
    (file.parent / "older.password").touch()
    named = {
        "uplink": {"key_file": str(top / "elsewhere" / "shadow"), "password_file": str(file.parent / "older.password")}
    }
    (top / "state" / "configuration" / "last-good.json").write_text(json.dumps({"config": named}))
    escaped = {"patch": {"uplink": {"key_file": f"{file.parent}/../elsewhere/shadow"}}}
    (top / "state" / "configuration" / "remote.json").write_text(json.dumps({"layer": escaped}))
    found = shown(file)
    assert "elsewhere/shadow" not in found and "etc/older.password" in found


def test_a_configuration_that_others_may_write_is_refused(file: Path) -> None:
    file.chmod(0o666)
    with pytest.raises(OSError, match="may be written by others"):
        plan_of(file, ())


@pytest.mark.parametrize(
    "text",
    ["[pole\n", "\0", "", '[pole]\nid = "p1"\n[store]\npath = 7\n', 'store = 7\n[pole]\nid = "p1"\n', "pole = 5\n"],
)
def test_a_configuration_that_does_not_tell_all_it_names_stays(file: Path, text: str) -> None:
    """It alone tells where the rest is, and that must not be said to be gone."""
    file.write_text(text)
    plan = plan_of(file, ())
    assert plan.unclear is not None and plan.unclear.startswith(str(file))
    assert "etc/lamppost.toml" not in shown(file)


def test_one_with_a_plain_slip_is_read_as_meant_and_goes(file: Path) -> None:
    file.write_text(file.read_text().replace('id = "p1"', "id = p1"))
    plan = plan_of(file, ())
    assert (plan.pole, plan.unclear, shown(file)[-1]) == ("p1", None, "etc/lamppost.toml")


def test_half_of_a_wipe_is_finished_by_a_second_one(file: Path) -> None:
    """Whatever is gone already, the rest is found, as long as the configuration is there."""
    whole = shown(file)
    for count in range(len(whole)):
        assert shown(file) == whole[count:]
        (file.parents[1] / whole[count]).unlink()
    assert shown(file) == []
