"""A pole of some bays with these names."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agent.config.schema import Config
from agent.configuration import load

HEAD = '[pole]\nid = "pole-1"\nsite = "s"\nlatitude = 45.7\nlongitude = 4.8\n[uplink]\nhost = "127.0.0.1"\n'

BAY = '[sensor.s-{at}]\nkind = "a02"\nport = "/dev/ttyX{at}"\n[bay.{name}]\nsensor = "s-{at}"\n'


@pytest.fixture
def bays(tmp_path: Path) -> Callable[[Mapping[str, str | None]], Config]:
    """Makes a configuration of the name of each bay and its former one."""

    def read(names: Mapping[str, str | None]) -> Config:
        text = HEAD
        for at, (name, formerly) in enumerate(names.items()):
            text += BAY.format(at=at, name=name) + (f'formerly = "{formerly}"\n' if formerly else "")
        file = tmp_path / "lamppost.toml"
        file.write_text(text)
        return load(file)

    return read
