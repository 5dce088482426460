"""What was accepted has one outcome, whenever the pole is killed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from commanded import NOON, Pole, override
from msgspec import Struct
from patience import PATIENCE_S
from stored import promised

from agent.commands import AfterRestart, Gate, PoleOrder
from agent.commands.commands import RETRY_S
from agent.commands.outcomes import MAX_DATA_BYTES
from agent.commands.records import MAX_WAITING
from agent.events import Event
from agent.events.security import CommandRefused, UnlockingFailed
from agent.store import StoreError
from agent.uplink.commands import BadCommand, PoleCommand, Reply
from agent.uplink.inbox import Arrival
from drivers.base import Command, Outcome

REPLY = Reply("lamppost/a/pole-1/response/x", b"7")


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    text: str = ""


class Action:
    """Answers with what it was told."""

    data = Text

    def __init__(self, name: str = "notice.set", after_restart: AfterRestart = "again") -> None:
        self.name, self.after_restart = name, after_restart
        self.told: list[str] = []
        self.gate: asyncio.Event | None = None

    async def carry_out(self, order: PoleOrder[Text]) -> Outcome:
        self.told.append(order.data.text)
        if self.gate is not None:
            await self.gate.wait()
        return order.done({"text": order.data.text})


def notice(id: str = "p1", text: str = "a", action: str = "notice.set") -> PoleCommand:
    return PoleCommand(id, action, b'{"text": "%s"}' % text.encode())


def run(work: Callable[[], Awaitable[Any]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await work()

    asyncio.run(limited())


def test_what_is_accepted_is_written_before_anything_is_carried_out() -> None:
    pole = Pole()

    async def main() -> None:
        assert await pole.commands.accept(override())
        assert list(pole.stored) == ["command/c1"]
        assert pole.done == pole.events == []
        await pole.life(until=1)

    run(main)
    assert pole.done == [override()]
    assert pole.answers() == [("lamp-1", "c1", "done")]


@pytest.mark.parametrize("when", ["accepted", "carried out", "answered"])
def test_a_kill_at_any_point_leaves_one_outcome(when: str) -> None:
    pole = Pole()

    async def main() -> None:
        await pole.commands.accept(override(), REPLY)
        if when == "accepted":
            pole.commands = pole.start()
        elif when == "carried out":
            pole.gate = asyncio.Event()
            running = asyncio.create_task(pole.commands.run())
            while not pole.done:
                await asyncio.sleep(0)
            await pole.kill(running)
            pole.gate = None
        else:
            await pole.life(until=1)
        # The broker had no acknowledgement.
        await pole.commands.accept(override(), REPLY, again=True)
        assert pole.commands.records.replies() == {"c1": REPLY}
        await pole.life(until=1)
        await pole.commands.accept(override(), REPLY, again=True)

    run(main)
    assert pole.answers() == [("lamp-1", "c1", "done")]
    assert set(map(str, pole.done)) == {str(override())}


def test_the_sender_who_says_it_again_is_answered_with_the_first_outcome() -> None:
    pole = Pole()

    async def main() -> None:
        await pole.commands.accept(override())
        await pole.life(until=1)
        await pole.commands.accept(override(value=90.0), REPLY)
        assert pole.commands.records.replies() == {"c1": REPLY}

    run(main)
    assert len(pole.done) == 1
    assert [event.data["observed"] for event in pole.events] == [40.0, 40.0]


def test_one_that_expires_while_the_pole_is_off_is_not_carried_out() -> None:
    pole = Pole()

    async def main() -> None:
        await pole.commands.accept(override(expires=NOON + timedelta(seconds=10)))
        pole.at = NOON + timedelta(seconds=11)
        pole.commands = pole.start()
        await pole.life(until=1)

    run(main)
    assert pole.answers() == [("lamp-1", "c1", "expired")]
    assert pole.done == []


def test_a_lamp_that_is_gone_at_the_next_start_is_answered_for() -> None:
    pole = Pole()

    async def main() -> None:
        await pole.commands.accept(override(device="lamp-2"))
        pole.commands = pole.start(lamps={"lamp-1": pole})
        await pole.life(until=1)

    run(main)
    assert pole.answers() == [("pole-1", "c1", "refused")]


@pytest.mark.parametrize(
    ("after", "status", "times"), [("again", "done", 2), ("done", "done", 1), ("failed", "failed", 1)]
)
def test_an_action_of_the_pole_says_what_a_restart_makes_of_it(after: AfterRestart, status: str, times: int) -> None:
    pole = Pole()
    action = Action(after_restart=after)
    pole.actions.add(action)

    async def main() -> None:
        action.gate = asyncio.Event()
        await pole.commands.accept(notice())
        running = asyncio.create_task(pole.commands.run())
        while not action.told:
            await asyncio.sleep(0)
        await pole.kill(running)
        action.gate = None
        await pole.life(until=1)
        # The same id in a life that nothing interrupts.
        await pole.commands.accept(notice("p2"))
        await pole.life(until=2)

    run(main)
    assert pole.answers() == [("pole-1", "p1", status), ("pole-1", "p2", "done")]
    assert len(action.told) == times + 1


def test_an_answer_is_told_and_remembered() -> None:
    pole = Pole()
    pole.actions.add(Action())

    async def main() -> None:
        await pole.commands.accept(notice(text="closed"))
        await pole.life(until=1)
        await pole.commands.accept(notice())

    run(main)
    assert [event.data["data"] for event in pole.events] == [{"text": "closed"}] * 2


def test_an_answer_that_is_too_long_is_not_cut() -> None:
    pole = Pole()
    pole.actions.add(Action())

    async def main() -> None:
        await pole.commands.accept(notice(text="x" * MAX_DATA_BYTES))
        await pole.life(until=1)

    run(main)
    (event,) = pole.events
    assert event.data["status"] == "failed" and "at most" in event.data["reason"] and "data" not in event.data


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (notice(action="notice.sat"), 'no action "notice.sat"; did you mean "notice.set"?'),
        (PoleCommand("p1", "notice.set", b'{"txt": "a"}'), "data of notice.set"),
        (PoleCommand("p1", "notice.set", b'{"text": 5}'), "data of notice.set"),
    ],
)
def test_what_no_action_takes_is_refused(command: PoleCommand, words: str) -> None:
    pole = Pole()
    pole.actions.add(Action())

    async def main() -> None:
        await pole.commands.accept(command)
        await pole.life(until=1)

    run(main)
    assert pole.events[0].data["status"] == "refused" and words in pole.events[0].data["reason"]


def test_two_sets_at_once_are_carried_out_one_after_the_other_and_no_lamp_waits_for_them() -> None:
    pole = Pole()
    action = Action()
    action.gate = asyncio.Event()
    pole.actions.add(action)

    async def main() -> None:
        assert action.gate is not None
        for command in (notice("p1", "first"), notice("p2", "second"), override()):
            await pole.commands.accept(command)
        running = asyncio.create_task(pole.commands.run())
        while len(pole.events) < 1:
            await asyncio.sleep(0)
        assert pole.answers() == [("lamp-1", "c1", "done")]
        assert action.told == ["first"]
        action.gate.set()
        while len(pole.events) < 3:
            await asyncio.sleep(0)
        await pole.kill(running)

    run(main)
    assert action.told == ["first", "second"]
    assert [id for _, id, _ in pole.answers()] == ["c1", "p1", "p2"]


def test_a_disk_that_refuses_takes_nothing_and_the_same_id_is_heard_later() -> None:
    pole = Pole()

    async def main() -> None:
        pole.refuses = True
        with pytest.raises(StoreError):
            await pole.commands.accept(override())
        pole.refuses = False
        await pole.commands.accept(override())
        await pole.life(until=1)

    run(main)
    assert pole.answers() == [("lamp-1", "c1", "done")]


def test_an_outcome_that_the_disk_refuses_is_written_when_it_takes_it() -> None:
    class Lazy(Pole):
        async def pause(self, pause_s: float) -> None:
            await super().pause(pause_s)
            self.refuses = len(self.pauses_s) < 3

        async def carry_out(self, command: Command) -> Outcome:
            self.refuses = not self.pauses_s
            return await super().carry_out(command)

    pole = Lazy()

    async def main() -> None:
        await pole.commands.accept(override())
        await pole.life(until=1)

    run(main)
    assert pole.pauses_s == [RETRY_S] * 3
    assert pole.answers() == [("lamp-1", "c1", "done")]
    assert len(pole.done) == 1


def test_so_many_wait_and_no_more() -> None:
    pole = Pole()

    async def main() -> None:
        taken = [await pole.commands.accept(override(f"c{n}")) for n in range(MAX_WAITING + 2)]
        assert taken == [True] * MAX_WAITING + [False] * 2
        assert [status for _, _, status in pole.answers()] == ["refused"] * 2
        await pole.life(until=MAX_WAITING + 2)
        # Its id is free: it was told to come later.
        assert await pole.commands.accept(override(f"c{MAX_WAITING}"))
        await pole.life(until=MAX_WAITING + 3)

    run(main)
    assert len(pole.done) == MAX_WAITING + 1


def test_much_waits_no_longer_than_there_is_room() -> None:
    pole = Pole()
    pole.actions.add(Action())

    async def main() -> None:
        long = "x" * 60_000
        assert [await pole.commands.accept(notice(f"p{n}", long)) for n in range(5)] == [True, True, True, False, False]

    run(main)


def test_remote_control_may_be_switched_off_and_its_ids_are_not_used_up() -> None:
    pole = Pole()
    pole.actions.add(Action())
    pole.gate_of_city = Gate("a/pole-1", "devices")
    pole.commands = pole.start()

    async def main() -> None:
        await pole.commands.accept(notice())
        await pole.commands.accept(override())
        await pole.life(until=2)
        pole.gate_of_city = Gate("a/pole-1", "none")
        pole.commands = pole.start()
        await pole.commands.accept(override("c2"))
        pole.gate_of_city = Gate("a/pole-1", "all")
        pole.commands = pole.start()
        await pole.commands.accept(notice())
        await pole.life(until=4)

    run(main)
    assert pole.answers() == [
        ("pole-1", "p1", "refused"),
        ("lamp-1", "c1", "done"),
        ("pole-1", "c2", "refused"),
        ("pole-1", "p1", "done"),
    ]
    assert [event.data["reason"].rpartition("commands = ")[2] for event in pole.events if event.data["reason"]] == [
        '"devices" under [uplink]',
        '"none" under [uplink]',
    ]


def test_what_is_no_command_is_answered_and_leaves_nothing_behind() -> None:
    pole = Pole()
    run(lambda: pole.commands.accept(BadCommand("c1", "no such key")))
    assert pole.answers() == [("pole-1", "c1", "refused")]
    assert pole.stored == {}


def test_what_waits_when_the_pole_is_given_another_name_is_answered() -> None:
    pole = Pole()

    async def main() -> None:
        await pole.commands.accept(override())
        await pole.commands.give_up("another name")
        await pole.commands.give_up("another name")

    run(main)
    assert pole.answers() == [("lamp-1", "c1", "failed")]


def arrival(heard: Command | BadCommand, dropped: list[str]) -> Arrival:
    async def tell(outcome: Event, reply: Reply) -> None:
        raise AssertionError("that is left to who took it")

    return Arrival(heard, REPLY, False, lambda: None, tell, lambda: dropped.append(heard.id or ""))


@pytest.mark.parametrize("broken", [None, "disk", "defect"])
def test_what_arrives_is_written_or_its_outcome_is_given_back(
    broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    pole = Pole()
    dropped: list[str] = []

    async def main() -> Event | None:
        if broken == "defect":
            pole.commands.records.takes = lambda order: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        pole.refuses = broken == "disk"
        return await pole.commands.take(arrival(override(), dropped))

    unwritten = asyncio.run(main())
    assert dropped == []
    if unwritten is None:
        assert broken is None and list(pole.stored) == ["command/c1"]
        assert pole.commands.records.replies() == {"c1": REPLY}
        return
    told = promised(unwritten)
    assert pole.stored == {} and (told.data["command_id"], told.data["status"]) == ("c1", "failed")
    words = {"disk": "the disk of the pole refuses it, send it again later", "defect": "a defect of lamppost"}
    assert words[str(broken)] in told.data["reason"]
    assert caplog.records, "it is told in the log"


def test_one_that_is_refused_because_too_many_wait_counts_among_those_that_were_dropped() -> None:
    pole = Pole()
    dropped: list[str] = []

    async def main() -> None:
        for number in range(MAX_WAITING + 1):
            assert await pole.commands.take(arrival(override(f"c{number}"), dropped)) is None

    asyncio.run(main())
    assert dropped == [f"c{MAX_WAITING}"]


def test_two_platforms_may_choose_the_same_id() -> None:
    """Each has its own command carried out, and is answered with its own outcome, also after a restart."""
    pole = Pole()
    city, lighting = Reply("city/x", uplink=""), Reply("lighting/x", uplink="lighting")
    pole.commands.gates = {"": Gate(), "lighting": Gate()}

    async def main() -> None:
        await pole.commands.accept(override(value=40.0), city)
        await pole.commands.accept(override(value=60.0), lighting)
        pole.commands = pole.start()
        assert pole.commands.records.replies() == {"c1": city}
        assert pole.commands.records.replies("lighting") == {"c1": lighting}
        await pole.life(until=2)

    run(main)
    assert [command.value for command in pole.done] == [40.0, 60.0]
    assert [(e.data["observed"], e.data["uplink"]) for e in pole.events] == [(40.0, ""), (60.0, "lighting")]
    assert {e.data["command_id"] for e in pole.events} == {"c1"}


def test_an_uplink_that_may_not_order_is_refused_and_one_that_is_gone_too() -> None:
    pole = Pole()
    pole.commands.gates = {"": Gate(), "lighting": Gate(allows="none", table="uplink.lighting")}

    async def main() -> None:
        for uplink in ("lighting", "removed"):
            await pole.commands.accept(override(), Reply(uplink=uplink))

    run(main)
    assert [(e.data["status"], e.data["uplink"]) for e in pole.events] == [
        ("refused", "lighting"),
        ("refused", "removed"),
    ]
    assert "[uplink.lighting]" in pole.events[0].data["reason"]
    assert pole.done == []


def test_what_is_not_let_in_is_noted_with_its_reason() -> None:
    pole = Pole()
    pole.commands.gates = {"": Gate("a/pole-1", "none")}

    async def work() -> None:
        await pole.commands.accept(BadCommand("c1", "words for the sender", "duplicate_keys"))
        await pole.commands.accept(override("c2"))
        await pole.commands.accept(BadCommand("c3", "words for the sender", "bad_signature"))

    run(work)
    assert pole.noted == [
        CommandRefused(reason="duplicate_keys", command_id="c1"),
        CommandRefused(reason="remote_control_off", command_id="c2"),
        UnlockingFailed(lock="command_key", command_id="c3"),
    ]
    assert [each.data["status"] for each in pole.events] == ["refused"] * 3
