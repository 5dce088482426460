"""Which devices a pole has, as it tells that: at once, in pages, or without what has no room."""

from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agent import inventory
from agent.clock import Moment
from agent.configuration import load
from agent.event_catalogue import PoleBirth
from agent.places import places_of
from agent.store.store import MAX_EVENT_BYTES

NOON = Moment(1.8e9, 1.0, "b1", True)
POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.764
longitude = 4.8357
[uplink]
host = "127.0.0.1"
[sensor.s1]
kind = "a02"
port = "/dev/ttyX1"
[bay.b1]
sensor = "s1"
label = "bakery"
offset_m = [3.5, -12.0]
[group.market]
kind = "parking"
members = ["b1"]
area = "old town"
"""


def test_the_birth_has_every_place_and_group_with_what_is_known_of_it(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE)
    config = load(file)
    places = places_of(config, {"bay/b1": "u1", "group/market": "u2"})
    (birth,) = inventory.births(config, NOON, places, None)
    told = msgspec.json.decode(msgspec.json.encode(birth.data))
    assert told["places"] == {
        "pole-1": {"kind": "pole", "latitude": 45.764, "longitude": 4.8357},
        "s1": {"kind": "sensor"},
        "b1": {"kind": "bay", "uuid": "u1", "label": "bakery", "latitude": 45.763892, "longitude": 4.835745},
    }
    assert told["groups"] == {
        "market": {"kind": "parking", "uuid": "u2", "area": "old town", "members": ["b1"]},
    }
    assert told["bays"]["b1"]["group"] == "market"


def test_a_pole_with_a_thousand_bays_is_told_whole_in_pages_that_everybody_hands_on(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    bays = range(1000)
    file.write_text(
        POLE.partition("[sensor.s1]")[0]
        + "".join(f'[sensor.s{n}]\nkind = "a02"\nport = "/dev/ttyX{n}"\n[bay.b{n}]\nsensor = "s{n}"\n' for n in bays)
    )
    config = load(file)
    places = places_of(config, {f"bay/b{n}": "0b5c0f0e-8a5e-4f43-9a52-6f0f3ffb0c0f" for n in bays})
    pages = [msgspec.json.decode(msgspec.json.encode(each.data)) for each in inventory.births(config, NOON, places)]
    assert [each["page"] for each in pages] == list(range(1, pages[0]["pages"] + 1)) and len(pages) > 1
    assert all(len(msgspec.json.encode(each)) <= inventory.PAGE_BYTES < MAX_EVENT_BYTES for each in pages)
    whole = msgspec.json.decode(msgspec.json.encode(inventory.inventory(config, NOON, places)))
    assert {key for page in pages for key in page} == {*whole, "page", "pages"}
    for key, value in whole.items():
        if isinstance(value, dict) and key != "versions":
            told = [page[key] for page in pages]
            assert {name: one for table in told for name, one in table.items()} == value
            assert sum(map(len, told)) == len(value), "each entry once"
        else:
            assert all(page[key] == value for page in pages)
    status = inventory.within(whole)
    assert len(msgspec.json.encode(status)) <= inventory.STATUS_BYTES
    assert status == {key: value for key, value in whole.items() if key != "places"} | {"left_out": ["places"]}


@given(st.dictionaries(st.text("ab\u00e9", max_size=30), st.text(max_size=30), max_size=30), st.integers(400, 900))
def test_no_page_is_larger_than_it_may_be(labels: dict[str, str], most_bytes: int) -> None:
    whole = birth(places={name: {"kind": "bay", "label": label} for name, label in labels.items()})
    pages = inventory.pages(whole, most_bytes)
    assert all(len(msgspec.json.encode(each)) <= most_bytes for each in pages)
    assert {name: place for page in pages for name, place in page.places.items()} == whole.places


def test_an_inventory_that_has_room_is_retained_as_it_is() -> None:
    said: dict[str, Any] = {"version": "1", "versions": {"python": "3.11"}, "bays": {"b1": {}}, "places": {"b1": {}}}
    assert inventory.within(said) == said
    small = inventory.within(said, 10)
    assert small == {"version": "1", "versions": {"python": "3.11"}, "left_out": ["bays", "places"]}


def birth(**more: Any) -> PoleBirth:
    tables = {
        name: {} for name in ("lines", "networks", "sensors", "bays", "lamps", "meters", "zones", "cameras", "groups")
    }
    own = {"version": "0.1.0", "versions": {}, "clock": "rtc", "config_sha256": None, "config_source": None}
    return msgspec.convert({**own, **tables, "kerb_mode": "statistics", **more}, PoleBirth)
