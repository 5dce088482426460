"""A password that others can read is none."""

import os
from pathlib import Path

import pytest

from drivers import password
from drivers.errors import CredentialsError


def _password_file(tmp_path: Path, body: bytes, mode: int = 0o600) -> str:
    path = tmp_path / "password"
    path.write_bytes(body)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    "body, text",
    [
        (b"s3cret", "s3cret"),
        (b"s3cret\n", "s3cret"),
        (b" a b \r\n", " a b "),
        (b"\xef\xbb\xbfs3cret\r\n", "s3cret"),
        (b"s3cret\n\n", "s3cret"),
    ],
)
def test_password_is_the_line_in_the_file(tmp_path: Path, body: bytes, text: str) -> None:
    assert password.read(_password_file(tmp_path, body), "uplink") == text


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_password_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(CredentialsError, match=r"\[uplink\] password_file .* chmod 600") as raised:
        password.read(_password_file(tmp_path, b"s3cret", mode), "uplink")
    assert "s3cret" not in str(raised.value)


def test_credential_of_systemd_is_accepted(tmp_path: Path) -> None:
    path = _password_file(tmp_path, b"s3cret", 0o440)
    assert password.read(path, "uplink", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "s3cret"
    with pytest.raises(CredentialsError):
        password.read(path, "uplink", {"CREDENTIALS_DIRECTORY": str(tmp_path / "other")})


@pytest.mark.parametrize(
    "body, words",
    [
        (b"", "holds no password"),
        (b"\n", "holds no password"),
        (b"x" * 5000, "too much"),
        (b"\xff", "UTF-8"),
        (b"user\ns3cret\n", "more than one line"),
    ],
)
def test_file_without_a_password_is_told(tmp_path: Path, body: bytes, words: str) -> None:
    with pytest.raises(CredentialsError, match=words):
        password.read(_password_file(tmp_path, body), "uplink")


def test_missing_password_file_and_a_pipe_are_told(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="No such file"):
        password.read(str(tmp_path / "none"), "uplink")
    with pytest.raises(CredentialsError, match="is not a file"):
        password.read(str(tmp_path), "uplink")
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(CredentialsError, match="is not a file"):
        password.read(str(tmp_path / "pipe"), "uplink")
