"""Files as they must be, on a real file system."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.files import (
    PRIVATE,
    create_file,
    make_folder,
    read_regular,
    refuse_foreign,
    refuse_irregular,
    refuse_shared,
    replace_file,
    sync,
)


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


IRREGULAR: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "is no regular file"),
    "a folder": (Path.mkdir, "is a directory"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
    "a terminal": (lambda path: path.symlink_to("/dev/ptmx"), "is no regular file"),
    "a socket": (socket_at, "is no regular file"),
    "nothing": (lambda path: None, "No such file"),
    "a loop": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
}


@pytest.mark.parametrize("kind", IRREGULAR)
@pytest.mark.parametrize("look", [read_regular, refuse_irregular])
def test_what_is_no_file_is_said_at_once(tmp_path: Path, kind: str, look: Callable[[Path, int], object]) -> None:
    make, words = IRREGULAR[kind]
    make(tmp_path / "it")
    with pytest.raises(OSError, match=words):
        look(tmp_path / "it", 1000)


def test_a_file_is_read_also_by_a_link_and_not_beyond_its_bound(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"x" * 1000)
    link.symlink_to(file)
    assert read_regular(link, 1000) == b"x" * 1000
    refuse_irregular(link, 1000)
    assert read_regular(file, 999, cut=True) == b"x" * 999
    for look in (read_regular, refuse_irregular):
        with pytest.raises(OSError, match="is larger than 999 bytes"):
            look(file, 999)


def test_what_is_another_kind_or_a_link_is_not_taken_for_its_own(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    assert not refuse_foreign(file)
    file.touch()
    assert refuse_foreign(file)
    link.symlink_to(file)
    with pytest.raises(OSError, match="is a link, which is not followed"):
        refuse_foreign(link)
    with pytest.raises(OSError, match="is something else"):
        refuse_foreign(file, stat.S_IFSOCK)


def test_what_belongs_to_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    uid = (tmp_path / "file").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    if uid == 0:  # root's own may be used by everybody whom root lets
        os.chown(tmp_path / "file", 4711, -1)
    with pytest.raises(OSError, match="belongs to another user"):
        refuse_foreign(tmp_path / "file")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_a_new_file_has_its_own_mode(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        os.close(create_file(tmp_path / "private"))
        replace_file(tmp_path / "public", b"x", 0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == PRIVATE
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == 0o644


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_a_new_folder_has_its_own_mode_and_so_have_those_above_it(tmp_path: Path, umask: int) -> None:
    (tmp_path / "there").mkdir(0o755)
    folders = [tmp_path / "there" / "above", tmp_path / "there" / "above" / "it"]
    before = os.umask(umask)
    try:
        for _again in range(2):
            make_folder(folders[-1], 0o750)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "there", *folders)] == [0o755, 0o750, 0o750]


def test_what_stands_in_the_place_of_a_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    for name in ("link", "file", "file/below", "link/below"):
        with pytest.raises(OSError):
            make_folder(tmp_path / name, 0o700)
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "file").read_text() == "x"


def test_a_link_is_replaced_and_what_it_points_to_is_not_touched(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("root's own")
    victim.chmod(0o600)
    link.symlink_to(victim)
    with pytest.raises(FileExistsError):
        create_file(link)
    replace_file(link, b"new", 0o644)
    assert (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("root's own", 0o600)
    assert link.read_text() == "new"
    assert not link.is_symlink()


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "there", b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["there"]


def test_a_folder_that_is_nobody_elses_is_accepted_also_where_it_is_not_there_yet(tmp_path: Path) -> None:
    refuse_shared(tmp_path)
    refuse_shared(tmp_path / "not" / "there")


@pytest.mark.parametrize("where", [".", "models"])
def test_one_that_others_may_write_is_refused_wherever_it_stands_above(tmp_path: Path, where: str) -> None:
    folder = tmp_path / "models" / "below"
    folder.mkdir(parents=True)
    (tmp_path / where).chmod(0o770)
    with pytest.raises(OSError, match=r"may be written by others.*chmod go-w"):
        refuse_shared(folder)
    (tmp_path / where).chmod(0o1777)  # sticky: nobody but its owner takes the next one away
    refuse_shared(folder)


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a terminal", "a socket"])
def test_what_is_neither_file_nor_folder_is_told_as_such_and_its_mode_is_not_blamed(tmp_path: Path, kind: str) -> None:
    make, words = IRREGULAR[kind]
    make(tmp_path / "it")
    with pytest.raises(OSError, match=words) as raised:
        refuse_shared(tmp_path / "it")
    assert "chmod" not in str(raised.value)


def test_a_link_to_such_a_folder_is_refused_as_well(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "open")
    with pytest.raises(OSError, match="may be written by others"):
        refuse_shared(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_one_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 4711, -1)
    with pytest.raises(OSError, match=r"belongs to another user.*chown root"):
        refuse_shared(tmp_path / "theirs" / "below")


def _folder(path: Path, mode: int = 0o755, owner: int = 0) -> Path:
    path.mkdir()
    path.chmod(mode)
    os.chown(path, owner, owner)
    return path


def _linked(link: Path, target: Path, owner: int = 0) -> Path:
    link.symlink_to(target)
    os.lchown(link, owner, owner)
    return link


NOBODY = 65534
LED_BY_OTHERS: dict[str, Callable[[Path], Path]] = {
    "his link": lambda at: _linked(at / "link", at / "roots", NOBODY),
    "a link in his folder": lambda at: _linked(_folder(at / "his", owner=NOBODY) / "link", at / "roots"),
    "a link in a folder for all": lambda at: _linked(_folder(at / "all", 0o777) / "link", at / "roots"),
    "one level above": lambda at: _linked(_folder(at / "his", owner=NOBODY) / "link", at) / "roots",
    "a link to his link": lambda at: _linked(at / "link", _linked(at / "his", at / "roots", NOBODY)),
    "his link in a folder such as /tmp": lambda at: _linked(_folder(at / "tmp", 0o1777) / "link", at / "roots", NOBODY),
}


@pytest.mark.skipif("os.geteuid() != 0", reason="root gives files to others")
@pytest.mark.parametrize("make", LED_BY_OTHERS.values(), ids=LED_BY_OTHERS)
def test_a_place_to_which_others_lead_is_refused_whosever_it_is(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """They would choose which of root's folders is written to, and might lead elsewhere a moment later."""
    _folder(tmp_path / "roots")
    refuse_shared(_linked(tmp_path / "own", tmp_path / "roots"))
    path = make(tmp_path)
    assert path.resolve() == tmp_path / "roots"
    with pytest.raises(PermissionError, match=r"what is used there: (chown (-h )?root|chmod go-w) /"):
        refuse_shared(path)


def test_what_is_synchronised_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    before = len([*Path("/proc/self/fd").iterdir()])
    sync(path)
    sync(path.parent)
    assert len([*Path("/proc/self/fd").iterdir()]) == before
    with pytest.raises(OSError, match="No such file"):
        sync(path.with_name("gone"))
