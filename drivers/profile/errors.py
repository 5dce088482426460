"""What is wrong with the types and the keys of a register map."""

from collections.abc import Iterator
from typing import Any

from drivers.mistakes import Mistake, wrong_keys, wrong_tables
from drivers.profile.schema import FeedTable, ProfileTables


def wrong_types(given: dict[str, Any]) -> Iterator[Mistake]:
    """Keys and types; each table apart, and [failsafe.feed] apart from [failsafe]."""
    failsafe = given.get("failsafe")
    if isinstance(failsafe, dict) and "feed" in failsafe:
        yield from wrong_keys("failsafe.feed", failsafe["feed"], FeedTable)
        given = given | {"failsafe": failsafe | {"feed": None}}
    yield from wrong_tables(given, ProfileTables)
