"""Files that a technician writes, or gets from elsewhere."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz.broken import judge_words
from fuzz.command import POLE

from agent.config.problems import ConfigError
from agent.configuration import load
from drivers.camera.errors import ModelError
from drivers.camera.models import read as read_manifest
from drivers.errors import CredentialsError
from drivers.mqtt.certificate import claims, validity
from drivers.mqtt.errors import NoCertificate
from drivers.password import read as read_password
from drivers.profile import ProfileError
from drivers.profile.loader import load as load_profile


def configuration() -> Callable[[bytes], None]:
    return _of_file("lamppost.toml", load, ConfigError)


def rules() -> Callable[[bytes], None]:
    """A file of rules beside a configuration that is right."""
    return _of_file("rules.toml", lambda file: load(file.with_name("lamppost.toml")), ConfigError)


def profile() -> Callable[[bytes], None]:
    return _of_file("own.toml", lambda file: load_profile("own", file.parent), ProfileError)


def manifest() -> Callable[[bytes], None]:
    return _of_file("manifest.toml", read_manifest, ModelError)


def password() -> Callable[[bytes], None]:
    return _of_file("password", lambda file: read_password(str(file), "uplink"), CredentialsError)


def _of_file(name: str, read: Callable[[Path], object], refusal: type[Exception]) -> Callable[[bytes], None]:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    file, beside = folder / name, folder / "lamppost.toml"
    beside.write_text(POLE.replace('limit = "30min"', 'rule = "short"') + '[parking]\nrules_file = "rules.toml"\n')
    beside.chmod(0o600)

    def one(data: bytes) -> None:
        file.write_bytes(data)
        file.chmod(0o600)
        try:
            read(file)
        except refusal as error:
            judge_words(str(error))

    return one


def certificate() -> Callable[[bytes], None]:
    """The certificate that a broker shows, as DER."""

    def one(data: bytes) -> None:
        for read in (validity, claims):
            try:
                read(data)
            except NoCertificate as error:
                judge_words(str(error))

    return one
