"""Places and groups of a file, as the city knows them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.schema import Config
from agent.configuration import load
from agent.places import Group, Place, places_of

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.764
longitude = 4.8357
reference = "EP-0417"
street = "Grande Rue"
address = "Grande Rue 12"
[uplink]
host = "127.0.0.1"
[sensor.s1]
kind = "a02"
port = "/dev/ttyX1"
latitude = 45.7650001234
longitude = 4.8351
[sensor.s2]
kind = "a02"
port = "/dev/ttyX2"
[bay.b1]
sensor = "s1"
label = "in front of the bakery"
reference = "P-3"
offset_m = [3.5, -12.0]
[bay.b2]
sensor = "s2"
[group.market]
kind = "parking"
members = ["b1", "b2"]
reference = "PS-12"
area = "old town"
"""


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Config]:
    def read(text: str = POLE) -> Config:
        file = tmp_path / "lamppost.toml"
        file.write_text(text)
        return load(file)

    return read


def test_a_place_is_where_its_table_or_its_offset_puts_it(config: Callable[[], Config]) -> None:
    found = places_of(config(), {"bay/b1": "u1", "group/market": "u2", "sensor/b2": "another kind"})
    assert list(found.places) == ["pole-1", "s1", "s2", "b1", "b2"]
    assert found.places["pole-1"] == Place(
        kind="pole", name="pole-1", reference="EP-0417", latitude=45.764, longitude=4.8357,
        street="Grande Rue", address="Grande Rue 12",
    )  # fmt: skip
    assert found.places["s1"] == Place(kind="sensor", name="s1", latitude=45.765, longitude=4.8351)
    # 12 m are 0.000108 degrees to the south, 3.5 m 0.000045 to the east.
    assert found.places["b1"] == Place(
        kind="bay", name="b1", uuid="u1", label="in front of the bakery", reference="P-3",
        latitude=45.763892, longitude=4.835745,
    )  # fmt: skip
    assert found.places["b2"] == Place(kind="bay", name="b2")
    assert found.groups == {
        "market": Group(
            kind="parking", name="market", members=("b1", "b2"), uuid="u2", reference="PS-12", area="old town"
        )
    }
