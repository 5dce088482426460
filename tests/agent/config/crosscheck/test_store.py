"""[store] path: a store in the place of something else would put that aside."""

from collections.abc import Callable
from pathlib import Path

import pytest

Errors = Callable[[str], list[str]]

SECRETS = 'username = "pole-1"\npassword_file = "{folder}/password"\n[uplink.tls]\nca_file = "{folder}/ca.pem"\n'


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("lamppost.toml", "the configuration itself"),
        ("../{name}/./password", "password_file of [uplink]"),
        ("ca.pem", "ca_file of [uplink.tls]"),
        ("lamppost.db", None),
    ],
)
def test_the_store_takes_the_place_of_nothing_else(
    errors: Errors, sound: str, tmp_path: Path, path: str, taken: str | None
) -> None:
    secret = tmp_path / "password"
    secret.write_text("secret")
    secret.chmod(0o600)
    store = f"{tmp_path}/{path.format(name=tmp_path.name)}"
    uplink = 'host = "127.0.0.1"\n'
    text = sound.replace(uplink, uplink + SECRETS.format(folder=tmp_path)) + f'[store]\npath = "{store}"\n'
    told = [line for line in errors(text) if "[store] path" in line]
    if taken is None:
        assert told == []
    else:
        (said,) = told
        assert f"is {taken}, which the store would put aside; expected a file of its own" in said
