"""A stranger's files are not removed, and no link is followed; root works in a folder of the service as the service."""

import os
from pathlib import Path

import pytest

from agent.cli.wipe.remove import acting_as_owner, denied, remove, remove_empty

SERVICE, STRANGER = 12345, 12346
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root")


def test_it_is_gone_and_a_second_time_too(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert remove(tmp_path / "a", ()) and not remove(tmp_path / "a", ())


def test_a_link_and_what_it_leads_to_stay(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    (tmp_path / "a").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="is a link"):
        remove(tmp_path / "a", ())
    assert (tmp_path / "a").is_symlink() and (tmp_path / "precious").exists()


def test_a_folder_with_something_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    remove_empty(tmp_path / "full")
    assert (tmp_path / "full" / "a").exists()
    (tmp_path / "full" / "a").unlink()
    remove_empty(tmp_path / "full")
    assert not (tmp_path / "full").exists()


@as_root
def test_what_is_of_a_stranger_stays(tmp_path: Path) -> None:
    for name, uid in (("his", STRANGER), ("ours", SERVICE)):
        (tmp_path / name).touch()
        os.chown(tmp_path / name, uid, uid)
    with pytest.raises(PermissionError, match="another user"):
        remove(tmp_path / "his", {SERVICE})
    assert remove(tmp_path / "ours", {SERVICE}) and (tmp_path / "his").exists()


@as_root
def test_promise_root_led_astray_by_the_service_removes_nothing_of_others(tmp_path: Path) -> None:
    """A folder that becomes a link between the look and the removal."""
    tmp_path.chmod(0o755)
    state, etc = tmp_path / "state", tmp_path / "etc"
    state.mkdir()
    etc.mkdir()
    (etc / "shadow").touch()
    os.chown(state, SERVICE, SERVICE)
    (state / "configuration").symlink_to(etc)
    with pytest.raises(PermissionError):
        remove(state / "configuration" / "shadow", {SERVICE})
    assert (etc / "shadow").exists() and os.geteuid() == 0


@as_root
def test_root_is_root_again_after_it(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    with pytest.raises(ZeroDivisionError), acting_as_owner(tmp_path / "a"):
        assert os.geteuid() == SERVICE
        raise ZeroDivisionError
    assert os.geteuid() == 0


def test_who_may_not_is_told_before_anything_happens(tmp_path: Path) -> None:
    assert denied([tmp_path / "a"]) is None
    assert denied([tmp_path / "a", tmp_path / "gone" / "a"]) == tmp_path / "gone"
