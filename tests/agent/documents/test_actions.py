"""Documents by command: the examples of the page, bad ones, and what a kill between document and outcome leaves."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.commands import PoleActions, Recipients
from agent.documents.actions import add_actions
from agent.uplink.commands import PoleCommand, command
from drivers.base import Outcome

PAGE = (Path(__file__).parents[3] / "docs" / "documents.md").read_text()
LATER = "2027-02-01T00:00:00Z"
EXAMPLES = re.findall(r'^(\{"id": "d-.+\})$', PAGE, re.MULTILINE)


def recipients(pole: Any) -> Recipients:
    actions = PoleActions()
    add_actions(pole.documents, actions)
    return Recipients({}, {}, (), actions)


async def carried_out(pole: Any, wanted: PoleCommand) -> Outcome:
    found = recipients(pole).find(wanted)
    return found if isinstance(found, Outcome) else await found.carry_out()


def heard(text: str) -> PoleCommand:
    found = command(text.encode())
    assert isinstance(found, PoleCommand), found
    return found


def order(action: str, **data: Any) -> PoleCommand:
    return heard(json.dumps({"id": "c-1", "action": f"document.{action}", "data": data}))


def answer(pole: Any, wanted: PoleCommand) -> Outcome:
    async def main() -> Outcome:
        async with pole.on():
            return await carried_out(pole, wanted)

    return asyncio.run(main())


def test_the_examples_of_the_page_are_carried_out(pole: Any) -> None:
    pole.now_utc = datetime(2098, 12, 20, 12, tzinfo=UTC)
    pole.config += '[rule.no-parking]\ncategory = "no_parking"\nlimit = "0s"\n'

    async def main() -> list[Outcome]:
        async with pole.on():
            return [await carried_out(pole, heard(each)) for each in EXAMPLES]

    fair, works, listed, got, reverted, withdrawn, *of_the_town = asyncio.run(main())
    assert [(each.status, each.data["kind"]) for each in of_the_town] == [
        ("done", "order"),
        ("done", "exemption"),
        ("done", "permit"),
    ]
    assert [each.status for each in (fair, works, listed, got, reverted, withdrawn)] == [
        *("done", "done", "done", "done", "refused", "done"),
    ]
    assert (fair.data["in_force"], works.data["in_force"]) == (False, True)
    assert works.data["valid_until"] == "2098-12-20T16:00:00.000Z"
    assert [each["name"] for each in listed.data["documents"]] == ["works", "fair"]
    assert got.data["content"] == {"bays": ["bay-1"], "reason": "works on the pavement"}
    assert (got.data["command_id"], got.data["set_at"], got.data["before"]) == (
        "d-0002",
        "2098-12-20T12:00:00.000Z",
        None,
    )
    assert reverted.reason == "it has replaced no other document that still held"


@pytest.mark.parametrize(
    ("wanted", "status", "reason"),
    [
        (order("get", kind="closure", name="works"), "refused", 'this pole has no document "closure/works"'),
        (order("list", kind="permit"), "done", ""),
        (order("lst"), "refused", 'this pole has no action "document.lst"; did you mean "document.list"?'),
        (order("set", kind="closure", name="works", content={}), "refused", "data of document.set: valid_until: is "),
        (order("set", kind="closure", name="a b", content={}, valid_until=LATER), "refused", "data of"),
        (order("set", kind="closure", name="w", content={}, valid_until="2027-02-01T00:00:00"), "refused", "data of"),
        (order("set", kind="closure", name="w", content=[], valid_until=LATER), "refused", "data of"),
        (order("set", kind="closure", name="w", content={}, valid_until=LATER), "refused", "[closure.w] "
         "bays: is missing"),
        (order("withdraw", kind="closure", name="w", revert=1), "refused", "data of document.withdraw"),
        (order("withdraw", kind="closure", name="w", all=True), "refused", "data of document.withdraw"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_says_why(pole: Any, wanted: PoleCommand, status: str, reason: str) -> None:
    told = answer(pole, wanted)
    assert told.status == status
    assert told.reason.startswith(reason)
    assert pole.states() == []


def test_all_that_is_wrong_with_a_document_is_told_at_once_and_in_words(pole: Any) -> None:
    content = {"bays": ["bay-11"], "reson": "works"}
    said = {"name": "Café 1", "content": content, "valid_from": "soon", "valid_til": LATER}
    told = answer(pole, order("set", kind="closure", **said))
    assert told.reason.split("\n") == [
        'data of document.set: valid_til: unknown key; expected one of "kind", "name", "content", "valid_from", '
        '"valid_until"; did you mean "valid_until"?',
        'name: "Café 1" is not allowed here; expected a short name: a-z, 0-9, - and _',
        'valid_from: "soon" is not allowed here; expected a time with its zone, for example "2027-12-31T12:00:00Z"',
        'valid_until: is missing; expected a time with its zone, for example "2027-12-31T12:00:00Z"',
        '[closure.Café 1] reson: unknown key; expected one of "bays", "reason"; did you mean "reason"?',
        '[closure.Café 1] bays entry 1: there is no [bay.bay-11], and no such group; expected one of "bay-1", '
        '"bay-2"; did you mean "bay-1"?',
    ]
    past = order("set", kind="closure", name="w", content=content, valid_until="2027-01-01T00:00:00Z")
    lines = answer(pole, past).reason.split("\n")
    assert lines[0].startswith("valid_until: 2027-01-01T00:00:00.000Z has passed")
    assert lines[1].startswith("[closure.w] reson")
    assert "^" not in told.reason and pole.states() == []


def test_a_value_that_is_wrong_hides_no_other_mistake_of_a_document(pole: Any) -> None:
    content = {"bays": ["bay-1", "Bay 2", "bay-11"], "reason": 5}
    told = answer(pole, order("set", kind="closure", name="w", content=content, valid_until=LATER))
    assert sorted(line.split("; ")[0] for line in told.reason.split("\n")) == [
        '[closure.w] bays entry 2: "Bay 2" is not allowed here',
        "[closure.w] bays entry 3: there is no [bay.bay-11], and no such group",
        "[closure.w] reason: 5 is a whole number",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"lamps": ["lamp-1", "lamp-9"], "level_percent": 130}, ["lamps entry 2", "level_percent"]),
        ({"from": "25:00", "to": "dark", "level_percent": 130}, ["from", "level_percent", "to"]),
        ({"from": 5, "to": "dark"}, ["from", "level_percent"]),
        ({"lamps": "lamp-9", "level_percent": 20}, ["lamps"]),
    ],
)
def test_a_level_that_is_wrong_hides_no_name_and_no_time(pole: Any, content: dict[str, Any], said: list[str]) -> None:
    told = answer(pole, order("set", kind="lighting-exception", name="fair", content=content, valid_until=LATER))
    keys = [line.removeprefix("[lighting-exception.fair] ").split(":")[0] for line in told.reason.split("\n")]
    assert sorted(keys) == said


def test_mistakes_of_a_document_are_told_up_to_a_bound(pole: Any) -> None:
    content = {"bays": [f"bay-{at}" for at in range(100, 130)]}
    said = answer(pole, order("set", kind="closure", name="w", content=content, valid_until=LATER)).reason.split("\n")
    assert len(said) == 21 and said[-1] == "and 10 more"


def test_what_was_done_before_a_kill_is_known_whatever_has_expired_since(pole: Any) -> None:
    """The outcome itself was not written: it is asked for before anybody looks at the clock."""
    wanted = heard(EXAMPLES[1])
    pole.now_utc = datetime(2098, 12, 20, 12, tzinfo=UTC)

    async def main() -> tuple[Outcome | None, ...]:
        async with pole.on():
            before = recipients(pole).ended(wanted)
            done = await carried_out(pole, wanted)
        async with pole.on():
            return before, done, recipients(pole).ended(wanted), recipients(pole).ended(heard(EXAMPLES[0]))

    before, done, known, other = asyncio.run(main())
    assert (before, other) == (None, None)
    assert known == done


def test_a_list_of_as_many_as_there_may_be_can_be_told(pole: Any) -> None:
    async def main() -> Outcome:
        async with pole.on():
            for at in range(200):
                name = f"{at:03}".rjust(48, "x")
                await pole.set(f"c{at}", name=name, valid_from=pole.now_utc + timedelta(hours=1))
            return await carried_out(pole, order("list"))

    told = asyncio.run(main())
    assert len(told.data["documents"]) == 200
    assert len(json.dumps(told.data)) < 64 * 1024
