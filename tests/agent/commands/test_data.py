"""What is wrong with the data of an order, in words."""

from msgspec import Struct

from agent.commands.data import problems


class Nothing(Struct, forbid_unknown_fields=True):
    """The data of an action that takes none."""


def test_an_action_that_takes_no_data_says_so() -> None:
    assert list(problems({"now": 1}, Nothing)) == ["now: unknown key; expected none"]
