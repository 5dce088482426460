"""What a pole says of itself from afar holds no secret."""

from pathlib import Path

import pytest

from agent.diagnose.secrets import MASK, Masks, in_files


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("rtsp://admin:gate7@10.0.0.3/stream1", f"rtsp://{MASK}@10.0.0.3/stream1"),
        ("rtsp://a:g@te@cam/s", f"rtsp://{MASK}@cam/s"),
        ('{"password": "hunter22", "a": 1}', f'{{"password": "{MASK}", "a": 1}}'),
        ("username=p1 password=hunter22, tls", f"username=p1 password={MASK}, tls"),
        ("app_key: 00ff11, nwkKey=22", f"app_key: {MASK}, nwkKey={MASK}"),
        ("the broker has hunter22 of us", f"the broker has {MASK} of us"),
        ('password_file = "/etc/lamppost/password"', 'password_file = "/etc/lamppost/password"'),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_what_is_masked_and_what_is_not(said: str, masked: str) -> None:
    assert Masks(["hunter22", "x"]).text(said) == masked
    assert Masks(["hunter22", "x"]).of({"a": [said, 1], "b": None}) == {"a": [masked, 1], "b": None}


def test_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter22\n")
    assert in_files([str(tmp_path / "password"), str(tmp_path / "none"), None]) == ["hunter22"]
