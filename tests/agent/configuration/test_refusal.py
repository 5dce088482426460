"""A folder of configurations that refuses: what, where, and what to type."""

import errno
import itertools
import os
import tempfile
from pathlib import Path

import pytest

from agent.configuration import stored
from agent.configuration.refusal import FolderRefuses, in_words
from agent.configuration.remote import Kept

NOBODY = 65534


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EROFS, "read-only; see dmesg, then mount -o remount,rw, where findmnt -T {folder}"),
        (errno.EACCES, "may not use it; type chown -R "),
        (errno.EPERM, "may not use it; type chown -R "),
        (errno.ENOSPC, "the disk is full; see df -h {folder} and df -i {folder}"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_refuses_is_told_with_what_to_type(tmp_path: Path, number: int, said: str) -> None:
    path = tmp_path / "configuration" / "remote.json"
    with pytest.raises(FolderRefuses) as refused, in_words(path):
        raise OSError(number, os.strerror(number))
    assert str(refused.value).startswith(f"{path}: ") and said.format(folder=tmp_path) in str(refused.value)


def test_what_stands_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(FolderRefuses, match=f"type mv {tmp_path}/state {tmp_path}/state.aside"):
        stored.write(tmp_path / "state" / "configuration" / "x.json", Kept())
    (tmp_path / "x.json").mkdir()
    with pytest.raises(FolderRefuses, match=f"type mv {tmp_path}/x.json "):
        stored.read(tmp_path / "x.json", Kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_of_another_user_is_named_with_the_user_who_has_to_own_it(tmp_path: Path) -> None:
    folder = tmp_path / "configuration"
    folder.mkdir(mode=0o700)
    top = Path(tempfile.gettempdir())
    for each in (tmp_path, *itertools.takewhile(lambda parent: parent != top, tmp_path.parents)):
        each.chmod(0o755)

    said = []
    os.seteuid(NOBODY)
    try:
        for use in (lambda path: stored.write(path, Kept()), lambda path: stored.read(path, Kept), stored.remove):
            with pytest.raises(FolderRefuses) as refused:
                use(folder / "remote.json")
            said.append(str(refused.value))
    finally:
        os.seteuid(0)
    assert said == [f"{folder}/remote.json: the user nobody may not use it; type chown -R nobody {folder}"] * 3
