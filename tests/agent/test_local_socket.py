"""The socket of the daemon, where something else may stand at its path."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent import local_socket


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    before = os.umask(0o000)
    yield tmp_path / "run" / "lamppost.sock"
    os.umask(before)


def test_it_has_its_own_mode_and_so_has_its_folder(path: Path) -> None:
    with local_socket.bind(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750


def test_an_abandoned_one_makes_way(path: Path) -> None:
    local_socket.bind(path).close()
    with local_socket.bind(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_it_is_seen_at_its_path_only_once_it_listens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listen = socket.socket.listen
    seen: list[bool] = []

    def looking(self: socket.socket, most: int) -> None:
        seen.append(path.exists())
        listen(self, most)

    monkeypatch.setattr(socket.socket, "listen", looking)
    with local_socket.bind(path):
        assert seen == [False]
        assert list(path.parent.iterdir()) == [path]


def test_what_comes_to_its_path_meanwhile_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listen = socket.socket.listen

    def overtaken(self: socket.socket, most: int) -> None:
        path.write_text("a budget")
        listen(self, most)

    monkeypatch.setattr(socket.socket, "listen", overtaken)
    with pytest.raises(FileExistsError):
        local_socket.bind(path)
    assert list(path.parent.iterdir()) == [path]
    assert path.read_text() == "a budget"


def test_one_at_which_another_process_listens_does_not(path: Path) -> None:
    with local_socket.bind(path) as first:
        with pytest.raises(OSError, match="another process listens there"):
            local_socket.bind(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            first.accept()[0].close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("a budget"), "is something else, which is left alone"),
        (lambda path: path.symlink_to(path.parent / "budget"), "is a link, which is not followed"),
        (Path.mkdir, "is something else, which is left alone"),
    ],
)
def test_what_is_no_socket_is_left_alone(path: Path, make: Callable[[Path], object], words: str) -> None:
    path.parent.mkdir(parents=True)
    (path.parent / "budget").write_text("2027")
    make(path)
    with pytest.raises(OSError, match=words):
        local_socket.bind(path)
    assert path.is_symlink() or path.exists()
    assert (path.parent / "budget").read_text() == "2027"
