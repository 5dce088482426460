"""A configuration that is kept is the same when it is read again."""

import os
import re
from pathlib import Path

import pytest
from msgspec import Struct

from agent.configuration import load, stored
from agent.configuration.refusal import FolderRefuses

FOLDER = Path(__file__).parents[3] / "config"
FILES = [FOLDER / "lamppost.toml", *sorted((FOLDER / "samples").glob("*.toml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_digest_stays_the_same(file: Path) -> None:
    """A default that is a whole number under a key that is none would be written as 20, and then as 20.0."""
    config = load(file)
    again = stored.decoded(stored.encoded(config), type(config))
    assert stored.digest_of(again) == stored.digest_of(config)


class Note(Struct):
    """What a folder keeps."""

    text: str


def kept_in(state: Path) -> Path:
    path = state / stored.FOLDER / "note.json"
    stored.write(path, Note("by the daemon"))
    return path


@pytest.mark.parametrize("others_may_write", [".", stored.FOLDER, f"{stored.FOLDER}/note.json"])
def test_what_others_may_write_is_not_read_as_a_configuration_and_none_is_written_there(
    tmp_path: Path, others_may_write: str
) -> None:
    path = kept_in(tmp_path)
    shared = tmp_path / others_may_write
    shared.chmod(shared.stat().st_mode | 0o002)
    for use in (lambda: stored.read(path, Note), lambda: stored.write(path, Note("by afar"))):
        with pytest.raises(FolderRefuses, match=rf"may be written by others.*chmod go-w {re.escape(str(shared))}$"):
            use()


@pytest.mark.parametrize("link", [stored.FOLDER, f"{stored.FOLDER}/note.json"])
def test_promise_security_a_link_in_the_place_of_folder_or_file_is_not_followed(tmp_path: Path, link: str) -> None:
    path = kept_in(tmp_path / "state")
    here, there = tmp_path / "state" / link, tmp_path / "theirs"
    here.rename(there)
    here.symlink_to(there)
    before = {each: each.read_bytes() for each in tmp_path.rglob("*.json")}
    for use in (lambda: stored.read(path, Note), lambda: stored.write(path, Note("x")), lambda: stored.remove(path)):
        with pytest.raises(
            FolderRefuses, match=f"^{here} is a link, which is not followed; type mv {here} {here}.aside$"
        ):
            use()
    assert {each: each.read_bytes() for each in tmp_path.rglob("*.json")} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads the files of another user")
def test_root_reads_what_the_service_keeps_in_its_own_folder_and_not_what_a_stranger_put_there(tmp_path: Path) -> None:
    path = kept_in(tmp_path)
    for each in (path, path.parent, tmp_path):
        os.chown(each, 65534, 65534)
    read = stored.read(path, Note)
    assert read is not None and read.text == "by the daemon"
    os.chown(path, 65533, 65533)
    with pytest.raises(FolderRefuses, match="belongs to another user"):
        stored.read(path, Note)
