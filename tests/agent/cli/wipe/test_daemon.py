"""Units are touched where they run this configuration alone; a daemon that holds its store is waited for."""

import asyncio
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from agent import console
from agent.cli.wipe.daemon import Service, owned, retire
from agent.store import StoreError
from agent.store.file.lock import take_lock

STARTED = (
    "{{ path=/opt/lamppost/.venv/bin/lamppost ; argv[]=/opt/lamppost/.venv/bin/lamppost run -c {file} ; pid=7 }}\n"
)


class Systemd:
    def __init__(self, started: str | None) -> None:
        self.started, self.asked = started, list[tuple[str, ...]]()

    def run(self, *command: str) -> str | None:
        self.asked.append(command[1:])
        return self.started


def test_units_of_this_configuration_are_disabled_and_stopped() -> None:
    systemd = Systemd(STARTED.format(file="/etc/lamppost/lamppost.toml"))
    service = Service(Path("/etc/lamppost/lamppost.toml"), systemd.run)
    assert service.is_ours and service.disable() and service.stop()
    both = ("lamppost.service", "lamppost-camera.socket")
    assert systemd.asked[1:] == [("disable", *both), ("stop", *both, "lamppost-camera@*.service")]


@pytest.mark.parametrize("started", [None, "", STARTED.format(file="/etc/lamppost/lamppost.toml.old")])
def test_units_of_another_configuration_are_left_alone(started: str | None) -> None:
    assert not Service(Path("/etc/lamppost/lamppost.toml"), Systemd(started).run).is_ours


def test_units_that_name_it_by_a_link_are_touched_too(tmp_path: Path) -> None:
    (tmp_path / "link.toml").symlink_to("real.toml")
    for named, given in (("link", "real"), ("real", "link")):
        systemd = Systemd(STARTED.format(file=tmp_path / f"{named}.toml"))
        assert Service(tmp_path / f"{given}.toml", systemd.run).is_ours


def test_a_store_that_is_held_is_waited_for(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "l.db")
    with pytest.raises(StoreError, match="another lamppost"):
        owned(tmp_path / "l.db", 0.0)
    found = owned(tmp_path / "l.db", 10.0, sleep=lambda _: lock.close())
    assert found is not None
    found.close()


def test_where_there_is_no_folder_nobody_holds_it(tmp_path: Path) -> None:
    assert owned(tmp_path / "gone" / "l.db", 0.0) is None


def test_a_daemon_that_hangs_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket(AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / "s"))
        hanging.listen()
        monkeypatch.setattr(console, "ANSWER_S", 0.01)
        assert asyncio.run(retire(tmp_path / "s", 0.02)) == {"error": "it has not answered for 0.03 s"}
