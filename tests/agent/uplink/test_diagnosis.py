"""Each trouble has a name, and docs/operations.md says what to do about it."""

import re
from pathlib import Path

from agent.store import StoreError
from agent.uplink.diagnosis import NAMES, diagnose
from drivers.mqtt.errors import CredentialsError

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def test_the_page_tells_of_every_trouble_and_of_no_other() -> None:
    _, _, part = PAGE.partition("## Trouble with the uplink")
    told = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \| .+ \|", part, re.MULTILINE)
    assert sorted(name.strip("`") for row in told for name in row.split(", ")) == sorted(NAMES)


def test_a_store_that_refuses_has_a_name_of_its_own_and_all_else_that_of_the_connection() -> None:
    full = diagnose(StoreError(Path("s.db"), "the disk is full"))
    assert (full.name, full.refused) == ("store", False) and "the disk is full" in full.words
    assert diagnose(CredentialsError("no file")).name == "files"
