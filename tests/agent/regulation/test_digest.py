"""The version of an order: another text makes another one, another program does not."""

import subprocess
import sys
from dataclasses import dataclass

import pytest
from msgspec import structs

from agent.calendars import WindowOptions
from agent.regulation import Jurisdiction, RuleOptions, TemporaryOrder, digest, order_of
from agent.trades.parking.options import BayOptions
from drivers.options import Seconds

MARKET = TemporaryOrder(name="market", rule="none", windows=(WindowOptions(days=("wed",)),))
BLUE = RuleOptions(category="blue_zone", limit_s=Seconds(5400), orders=(MARKET,))
NONE = RuleOptions(category="no_parking", limit_s=Seconds(0))


@dataclass
class Town:
    blue: RuleOptions = BLUE
    none: RuleOptions = NONE
    timezone: str = "Europe/Paris"
    law: Jurisdiction = "fr"

    @property
    def version(self) -> str:
        rules = {"blue": self.blue, "none": self.none}
        return order_of(BayOptions(sensor="s", rule="blue"), rules, self.timezone, self.law).version


@pytest.mark.parametrize(
    "other",
    [
        Town(blue=structs.replace(BLUE, limit_s=Seconds(3600))),
        Town(blue=structs.replace(BLUE, exempt=("doctors",))),
        Town(blue=structs.replace(BLUE, orders=())),
        Town(none=structs.replace(NONE, grace_s=Seconds(60))),
        Town(timezone="Europe/Brussels"),
        Town(law="none"),
    ],
)
def test_whatever_is_ordered_otherwise_is_another_version(other: Town) -> None:
    assert other.version != Town().version
    assert len(other.version) == len(Town().version) == 16


def test_what_says_the_same_is_the_same_version() -> None:
    assert Town(blue=structs.replace(BLUE, outside="restart", grace_s=Seconds(0))).version == Town().version


def test_a_key_that_says_its_default_is_none() -> None:
    """A key that a later version of the program adds changes no version of an order."""
    assert digest(BLUE) == digest(structs.replace(BLUE, holidays="none"))
    assert digest(BLUE) != digest(structs.replace(BLUE, holidays="fr"))


def test_it_is_the_same_in_another_process() -> None:
    """Python salts its own hashes at each start."""
    code = "from agent.regulation import digest; print(digest(('a', 1, 2.5), 'b'))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == digest(("a", 1, 2.5), "b")
