"""Which events an uplink gets."""

import pytest

from agent.uplink.choice import Choice


@pytest.mark.parametrize(
    ("globs", "type", "takes"),
    [
        (["*"], "lamp.level", True),
        (["lamp.*"], "lamp.level", True),
        (["lamp.*"], "lamppost.level", False),
        (["lamp.level"], "lamp.level", True),
        (["lamp.level"], "lamp.levels", False),
        (["lamp.level"], "lampxlevel", False),
        (["meter.*", "*.outcome"], "command.outcome", True),
        ([], "lamp.level", False),
    ],
)
def test_a_type_is_taken_where_a_glob_is_all_of_it(globs: list[str], type: str, takes: bool) -> None:
    choice = Choice(globs)
    assert [choice.takes(type), choice.takes(type)] == [takes, takes]
    assert choice.takes_any(["x.y", type]) is takes
