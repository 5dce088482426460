"""Former names that the store of the pole does not know are told before the daemon starts by them."""

import asyncio
from pathlib import Path

import pytest

from agent.cli import check
from agent.configuration import examine
from agent.places.identities import KEY, Identities
from agent.store import Store

POLE = """\
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[store]
path = "{store}"
[sensor.ear]
kind = "a02"
port = "/dev/ttyX0"
[bay.c]
sensor = "ear"
formerly = "{formerly}"
"""


async def keep(path: Path) -> None:
    async with Store(path, max_bytes=1 << 24, boot="boot") as store:
        await store.commit((), {KEY: Identities({"bay/a": "uuid-1", "pole/p1": "uuid-2"}, ("bay/a", "pole/p1"))})


@pytest.mark.parametrize(("formerly", "said"), [("a", []), ("b", ['[bay.c] formerly: nothing is known of "b"'])])
def test_a_former_name_that_the_store_does_not_know_is_told(tmp_path: Path, formerly: str, said: list[str]) -> None:
    file, path = tmp_path / "c.toml", tmp_path / "lamppost.db"
    file.write_text(POLE.format(store=path, formerly=formerly))
    assert told(file) == [], "there is no store"
    asyncio.run(keep(path))
    assert [line.split(",")[0] for line in told(file)] == said


def told(file: Path) -> list[str]:
    return [line.strip() for line in check.table(examine(file).config, ()).splitlines() if " formerly: " in line]
