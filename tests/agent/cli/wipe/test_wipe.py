"""`lamppost wipe` without a daemon: what it asks, what it leaves, what it says."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from pole_file import write

from agent.cli import main, wipe
from agent.cli.wipe.daemon import Service

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root")


class NoSystemd(Service):
    def __init__(self, file: Path) -> None:
        super().__init__(file, lambda *_: None)


def wiped(file: Path, **how: object) -> int:
    return wipe.run(file, service=NoSystemd, own_folders=(), **how)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = write(tmp_path)
    text = file.read_text().replace("[pole]", f'[pole]\nsocket = "{tmp_path}/l.sock"', 1)
    file.write_text(text)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "l.db").touch()
    return file


def everything(file: Path) -> set[str]:
    return {str(path.relative_to(file.parent)) for path in file.parent.rglob("*")}


def test_unconfirmed_it_does_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(file)
    assert [wiped(file), wiped(file, pole="p2"), wiped(file, dry_run=True, yes=True)] == [2, 2, 0]
    assert everything(file) == before
    assert "not confirmed: nothing has happened" in capsys.readouterr().err


@pytest.mark.parametrize("confirmed", [{"yes": True}, {"pole": "p1"}])
def test_confirmed_everything_goes_and_who_was_not_told_is_said(
    file: Path, confirmed: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert wiped(file, **confirmed) == 0
    assert everything(file) == {"state"}
    told = capsys.readouterr().out
    assert "the city was not told" in told and "docs/security.md" in told and "no program overwrites" in told


def test_what_cannot_go_is_named_and_keeps_the_configuration(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = file.parent / "state" / "l.db"
    store.unlink()
    store.symlink_to(file.parent / "elsewhere")
    assert wiped(file, yes=True) == 1
    assert everything(file) == {"state", "state/l.db", "lamppost.toml"}
    assert f"{store}: is a link, which is not followed" in capsys.readouterr().out
    store.unlink()
    assert wiped(file, yes=True) == 0 and everything(file) == {"state"}


@pytest.mark.parametrize("between", [(), ("next.toml",), ("next.toml", "more.toml")])
def test_a_configuration_that_is_a_link_goes_with_all_that_lead_there(file: Path, between: tuple[str, ...]) -> None:
    real = file.parent / "real"
    real.mkdir()
    names = [*between, "there.toml"]
    file.rename(real / names[-1])
    for name, target in pairwise(names):
        (real / name).symlink_to(target)
    file.symlink_to(f"real/{names[0]}")
    assert wiped(file, yes=True) == 0
    assert everything(file) == {"state", "real"}


def test_half_of_it_a_link_that_leads_nowhere_is_finished(file: Path) -> None:
    file.unlink()
    file.symlink_to("gone.toml")
    assert wiped(file, yes=True) == 0
    assert not file.is_symlink()


def test_nothing_of_a_link_that_others_may_change_is_touched(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "l.toml").symlink_to(file)
    before = everything(file)
    assert wiped(tmp_path / "open" / "l.toml", yes=True) == 1
    assert "may be written by others" in capsys.readouterr().err
    assert everything(file) == before


def test_one_that_leads_to_a_device_or_in_a_circle_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.unlink()
    for target, words in (("/dev/zero", "is no regular file"), (file.name, "Too many levels of symbolic links")):
        file.symlink_to(target)
        assert wiped(file, yes=True) == 1
        assert words in capsys.readouterr().err and file.is_symlink()
        file.unlink()


def test_nothing_left_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wiped(tmp_path / "gone.toml", yes=True) == 0
    assert capsys.readouterr().out == "nothing of a pole is left here\n"


def test_the_words_of_the_command_reach_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wipe", "-c", str(file), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert str(file) in told and "WHAT STAYS" in told and "journalctl" in told


def test_one_that_cannot_be_read_is_not_said_to_be_all_removed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[pole\n")
    assert [wiped(file, yes=True), wiped(file, yes=True)] == [1, 1]
    out = capsys.readouterr().out
    assert "All is removed" not in out and file.exists()
    assert "what it names elsewhere is not known" in out.rpartition("NOT REMOVED")[2]
