"""What the bench of the house says of a checkout: of one made here, and of this one as its daemon runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from house.sizes import sizes

CHECKOUT = Path(__file__).parents[2]
MODULE = '''
class Small:
    def one(self) -> None:
        """Of three
        lines."""


class Large:
    kept = 1

{methods}
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    methods = "".join(f"    async def m{n}(self): ...\n" for n in range(16))
    (tmp_path / "agent" / "room").mkdir(parents=True)
    (tmp_path / "agent" / "room" / "__init__.py").touch()
    (tmp_path / "agent" / "room" / "one.py").write_text(MODULE.format(methods=methods))
    (tmp_path / "drivers").mkdir()
    (tmp_path / "drivers" / "__init__.py").write_text("x = 1\n")
    return tmp_path


def test_pieces_are_counted_and_large_classes_named(checkout: Path) -> None:
    assert sizes(checkout) == {
        "function_lines": {"count": 17, "median": 1, "percentile_90": 1.0, "largest": 3},
        "module_lines": {"count": 3, "median": 1, "percentile_90": 21.8, "largest": 27},
        "classes_of_more_than_15_methods": {"agent.room.one.Large": 16},
        "rooms": 2,
    }


def test_no_class_has_more_than_fifteen_methods() -> None:
    assert sizes(CHECKOUT)["classes_of_more_than_15_methods"] == {}


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=f"{tmp_path} is no checkout"):
        sizes(tmp_path)


@pytest.mark.slow
def test_the_journeys_are_seen_from_end_to_end() -> None:
    order = [sys.executable, str(CHECKOUT / "bench" / "house"), "--only", "journeys"]
    said = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    seen = json.loads(said)["journeys"][str(CHECKOUT)]
    up, down = seen["up"], seen["down"]
    assert up["rooms"][:2] == ["drivers.line", "drivers.serial"]
    assert up["rooms"][-1] == "agent.store"
    assert "agent.trades.parking" in up["rooms"]
    assert up["hands_from_rule_to_sqlite"][0] == "agent.rule.RuleRunner"
    assert up["hands_from_rule_to_sqlite"][-1].startswith("agent.store.")
    assert len(up["hands_from_rule_to_sqlite"]) <= 5
    assert down["rooms"][:2] == ["drivers.mqtt", "agent.uplink"]
    assert down["rooms"][-1] == "drivers.line"
    assert {"agent.commands", "agent.trades.lighting", "drivers.lamp"} <= set(down["rooms"])
    assert len(down["rooms"]) <= 8
    assert len(down["hands"]) <= 13
