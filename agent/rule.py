"""The shape of a rule: a pure step from a state and an input to a new state, events, and when to look again."""

from typing import Generic, TypeVar

from msgspec import Struct

from agent.events import Event

S = TypeVar("S")


class Step(Struct, Generic[S], frozen=True):
    """What a rule answers.

    Args:
        state: the new state, a msgspec Struct; equal to the old one when nothing changed.
        events: what to tell the city, committed together with the state.
        due_s: `mono_s` at which the rule wants to be asked again without a reading; None: only on a reading.
    """

    state: S
    events: tuple[Event, ...] = ()
    due_s: float | None = None
