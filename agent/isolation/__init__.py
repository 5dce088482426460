"""A part with a defect is set aside, told once, and begun anew with growing pauses; the pole goes on without it.

A part is whatever may fail by itself: a rule, the control of a lamp, the figures, one state that the broker keeps. Any
exception that leaves it is a defect of its program, and never of the device whose reading it was given. A store that
refuses is none: StoreError passes, and what it kept from being written is decided again.

While a part is set aside, what it is given is left out and counted, as if the daemon were off for it; it goes on from
what it committed last. It works again when what it failed at has succeeded STABLE_S after its last failure.
"""

from agent.isolation.isolation import STABLE_S, Isolation
from agent.isolation.part import START, Failure, Listener, Part

__all__ = ["STABLE_S", "START", "Failure", "Isolation", "Listener", "Part"]
