"""Files that a technician writes."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz.broken import Finding

from agent.config.problems import ConfigError
from agent.configuration import load
from drivers.profile import ProfileError
from drivers.profile.loader import load as load_profile


def configuration() -> Callable[[bytes], None]:
    return _of_file("lamppost.toml", load, ConfigError)


def profile() -> Callable[[bytes], None]:
    return _of_file("own.toml", lambda file: load_profile("own", file.parent), ProfileError)


def _of_file(name: str, read: Callable[[Path], object], refusal: type[Exception]) -> Callable[[bytes], None]:
    folder = tempfile.mkdtemp(dir="/dev/shm")
    file = Path(folder) / name

    def one(data: bytes) -> None:
        file.write_bytes(data)
        try:
            read(file)
        except refusal as error:
            if "\0" in str(error) or not str(error):
                raise Finding(f"a refusal that nobody can read: {str(error)!r}") from error

    return one
