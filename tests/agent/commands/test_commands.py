"""Commands: each once, each answered."""

import asyncio
from datetime import timedelta

import pytest
from commanded import NOON, Pole, override

from agent.commands import Commands, Recipients
from agent.commands.records import REMEMBERED
from agent.uplink.commands import BadCommand
from drivers.base import Command, Outcome


def ask(pole: Pole, *orders: Command | BadCommand) -> list[Outcome]:
    async def main() -> list[Outcome]:
        return [await pole.commands.handle(order) for order in orders]

    return asyncio.run(main())


def test_a_command_is_carried_out_and_its_outcome_told() -> None:
    pole = Pole()
    ask(pole, override())
    assert pole.done == [override()]
    (event,) = pole.events
    assert (event.type, event.subject) == ("command.outcome", "lamp-1")
    assert event.data == {"command_id": "c1", "status": "done", "reason": "", "observed": 40.0}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (override(device="lamp-9"), 'no "lamp-9"; did you mean'),
        (override(device="bay-1"), "takes no commands; only lamps do"),
        (override(action="blink"), "blink"),
        (override(value=None), "left out"),
        (override(value=101.0), "101"),
        (override(value=-0.5), "-0.5"),
        (override(value=float("nan")), "nan"),
        (override(hold_s=0.0), "not for 0 s"),
        (override(hold_s=float("inf")), "inf"),
        (override(hold_s=366 * 86400.0 + 1), "366 d at most"),
        (override(hold_s=1e12), "366 d at most"),
        (override(action="level", value=None), "left out"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_not_carried_out(command: Command, words: str) -> None:
    pole = Pole()
    (outcome,) = ask(pole, command)
    assert outcome.status == "refused"
    assert words in outcome.reason
    assert pole.done == []
    assert [status for _, _, status in pole.answers()] == ["refused"]


def test_release_needs_no_value() -> None:
    (outcome,) = ask(Pole(), override(action="release", value=None, hold_s=None))
    assert outcome.status == "done"


def test_an_expired_command_is_not_carried_out() -> None:
    pole = Pole()
    late, in_time = override("c1", expires=NOON), override("c2", expires=NOON + timedelta(seconds=1))
    outcomes = ask(pole, late, in_time)
    assert [outcome.status for outcome in outcomes] == ["expired", "done"]
    assert [command.id for command in pole.done] == ["c2"]


def test_promise_works_with_no_clock_a_command_that_may_have_expired_is_refused_and_others_are_not() -> None:
    pole = Pole(trusted=False)
    outcomes = ask(pole, override("c1", expires=NOON + timedelta(days=1)), override("c2"))
    assert [outcome.status for outcome in outcomes] == ["refused", "done"]
    assert "clock" in outcomes[0].reason


def test_the_same_id_again_is_answered_and_not_carried_out() -> None:
    pole = Pole()
    outcomes = ask(pole, override(), override(), override(value=90.0))
    assert [outcome.observed for outcome in outcomes] == [40.0, 40.0, 40.0]
    assert len(pole.done) == 1
    assert pole.answers() == [("lamp-1", "c1", "done")] * 3
    assert len({event.id for event in pole.events}) == 3


def test_the_same_id_again_after_a_restart() -> None:
    pole = Pole()
    ask(pole, override())
    pole.commands = pole.start()
    ask(pole, override())
    assert len(pole.done) == 1


def test_the_same_id_twice_at_once_is_carried_out_once_and_other_lamps_do_not_wait() -> None:
    async def main() -> None:
        pole = Pole()
        pole.gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            first, again = (group.create_task(pole.commands.handle(override())) for _ in range(2))
            other = group.create_task(pole.commands.handle(override("c2", device="lamp-2")))
            while len(pole.done) < 2:
                await asyncio.sleep(0)
            pole.gate.set()
        assert first.result() == again.result()
        assert other.result().status == "done"
        assert sorted(command.id for command in pole.done) == ["c1", "c2"]
        assert pole.stored.keys() == {"command/c1", "command/c2"}

    asyncio.run(main())


def test_the_memory_of_commands_is_bounded() -> None:
    pole = Pole()
    ask(pole, *(override(f"c{number}") for number in range(REMEMBERED + 10)))
    assert len(pole.stored) == REMEMBERED
    assert list(pole.stored)[-1] == f"command/c{REMEMBERED + 9}"


def test_a_message_that_orders_nothing_is_answered_too() -> None:
    pole = Pole()
    ask(pole, BadCommand("c1", "no such key"), BadCommand(None, "not JSON"))
    assert pole.answers() == [("pole-1", "c1", "refused"), ("pole-1", None, "refused")]
    ask(pole, override("c1"))
    assert len(pole.done) == 1


def test_a_defect_in_a_command_is_answered_and_the_next_is_carried_out() -> None:
    class Broken(Pole):
        async def carry_out(self, command: Command) -> Outcome:
            if command.value == 41.0:
                raise ZeroDivisionError("division by zero")
            return await super().carry_out(command)

    pole = Broken()
    first, second, third, again = ask(
        pole, override("c1", value=41.0), override("c2"), override("c3", device="lamp-2"), override("c1", value=41.0)
    )
    assert (first.status, again) == ("failed", first)
    assert first.reason == "a defect of lamppost (ZeroDivisionError), which may have carried it out by halves"
    assert (second.status, third.status) == ("done", "done")
    assert [status for _, _, status in pole.answers()] == ["failed", "done", "done", "failed"]


def test_a_lamp_that_could_not_be_built_answers_for_that() -> None:
    pole = Pole()
    pole.commands = Commands("pole-1", Recipients({}, {"lamp": {"lamp-1"}}, {"bay-1"}), commit=pole.commit, clock=pole)
    (outcome,) = ask(pole, override())
    assert outcome.status == "failed" and "this lamp out of work: see lamppost status" in outcome.reason
    assert pole.answers() == [("lamp-1", "c1", "failed")]


def test_a_pole_without_anything_that_takes_commands_says_so() -> None:
    pole = Pole()
    pole.commands = Commands("pole-1", Recipients({}, {}, {"bay-1"}), commit=pole.commit, clock=pole)
    here, nowhere = ask(pole, override("c1", device="bay-1"), override("c2"))
    assert here.reason == '"bay-1" takes no commands; nothing on this pole does'
    assert nowhere.reason == 'this pole has no "lamp-1"'
