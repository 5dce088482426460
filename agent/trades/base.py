"""What every trade answers. The pole asks each of the registry, and knows none by its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import date
    from types import ModuleType

    from agent.clock import Moment
    from agent.config.problems import Report
    from agent.config.reader import Table
    from agent.config.schema import Config
    from agent.store import What
    from agent.trades.build import BuildContext, Derived, Part, WatchedPlace
    from agent.trades.command_line import CommandLine
    from agent.trades.documents import DocumentKind
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.probing import ProbeContext
    from agent.trades.units import Unit
    from drivers.options import Options
    from drivers.profile import Profile

Row = Sequence[str]
"""Cells of one row of a table for a technician's screen."""

Section = tuple[str, Iterable[Row]]
"""A heading and its rows; one without rows is not shown."""


class Nothing(Struct, frozen=True):
    """The share of a trade that has nothing to add."""


class Stays(NamedTuple):
    """What tells of a single vehicle's stay, and is erased where the privacy officer asks for it.

    Args:
        types: of event; their subject is the place.
        days: what keys of states begin with that hold a place's day; the day and the place follow, "2026-11-29/b1".
        records: what keys of states begin with that hold a single stay, and what they hold: structs whose `moments` are
            those of its events, and of which `told` are what these say; the place follows the last "/".
    """

    types: frozenset[str] = frozenset()
    days: tuple[str, ...] = ()
    records: Mapping[str, type[Any]] = {}


class Kinds(NamedTuple):
    """What there is by a trade: structs, and the names that they give things.

    Args:
        tables: what it adds to the configuration file; SUBJECTS are those whose names events are about.
        event_types: modules that register its types of event.
        states: what the retained state of its devices may be, beside whether they answer.
        inventory: what `Trade.inventory` gives.
        facts: what `Trade.facts` gives.
        commanded: those of its tables whose devices take commands ("lamp").
        state_keys: of its tables, what keys of states begin with ("bay/"); the name stands behind the last "/".
        judged: quantities of which its rules make events: these are sent, and not the measurement too.
        personal: quantities that tell one vehicle from another: its rules may use them, nobody beyond is told.
        stays: what tells of single ones.
        stanza: what begins the table of a device on a line that has this profile: its kind of table, and the keys that
            no profile tells; None: the profile is of no device of this trade. The first trade that takes it is named.
        pole_state_keys: what keys of states begin with that are of all its devices together, and go where these go.
        derived: what of its events tells of single vehicles by what was seen in these places: sent only while that
            counts. It is given the configuration and the names of the places that any trade watches.
        metered: what of its events tells of the power that the pole draws.
        withdrawn: what an order from afar takes back of what may be told of people, as a merge patch: that stays so,
            whether the broker is reached by the order or not. It is given the configuration before and after the order.
        documents: gives what the city may set that is its: how that is checked, and what applies it. It imports that
            when it is called.
    """

    tables: type[Options]
    event_types: tuple[ModuleType, ...]
    inventory: type[Struct]
    states: tuple[type[Struct], ...] = ()
    facts: type[Struct] = Nothing
    commanded: tuple[str, ...] = ()
    state_keys: Mapping[str, tuple[str, ...]] = {}
    judged: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    stays: Stays = Stays()
    stanza: Callable[[Profile], tuple[str, Mapping[str, str]] | None] = lambda profile: None
    pole_state_keys: tuple[str, ...] = ()
    derived: Callable[[Config, Collection[str]], Iterable[Derived]] = lambda config, places: ()
    metered: Callable[[Config], Iterable[What]] = lambda config: ()
    withdrawn: Callable[[Config, Config], Mapping[str, Any]] = lambda before, after: {}
    documents: Callable[[], Sequence[DocumentKind[Any]]] = tuple


class Trade(ABC):
    """One trade of a pole. Its faces answer; its rules know none of this.

    An answer imports what it needs when it is asked: a command that asks little stays quick. What a trade may well have
    nothing of is answered here; all that would harm if it were forgotten each must answer itself.

    Args:
        name: of its folder.
    """

    name: str

    @abstractmethod
    def kinds(self) -> Kinds:
        """Gives its tables, types of events and quantities."""

    def command_line(self) -> CommandLine:
        """What it adds to the `lamppost` command."""
        from agent.trades.command_line import CommandLine

        return CommandLine()

    def include(self, config: Table, report: Report) -> bool:
        """Add the tables of other files that its own name; whether all of those could be read whole."""
        return True

    @abstractmethod
    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        """Report what its tables contradict, in themselves or in others.

        Args:
            today: local date by which an authorisation is in force; None: by the clock of this box.
        """

    @abstractmethod
    def narrowed(self, config: Config, file: Table | None) -> Config:
        """What may run of a configuration of earlier while the file is wrong: never more than both allow.

        Args:
            file: as far as it can be read; None: nothing of it can be believed.
        """

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        """Places in which it sees vehicles, by name, for other trades."""
        return {}

    @abstractmethod
    def part(self, context: BuildContext) -> Part:
        """What it builds, still empty: it is asked how it is, whatever becomes of its units."""

    @abstractmethod
    def units(self, context: BuildContext) -> Iterable[Unit]:
        """What it builds by `context.config`, in this order: drivers, rules and what hears them."""

    @abstractmethod
    def inventory(self, config: Config) -> Struct:
        """Which of its devices of which kind there are, as `Kinds.inventory`."""

    def facts(self, config: Config, now: Moment) -> Struct:
        """What holds of the pole by this trade, for its birth and its heartbeat, as `Kinds.facts`."""
        return Nothing()

    @abstractmethod
    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        """What would run, for `lamppost check`.

        Args:
            today: local date whose night is shown; None: by the clock of this box.
        """

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        """Asks once, while no daemon runs, each device that is no profile's on a line; what it says, by name.

        Each raises DeviceError where the device does not answer.
        """
        return {}

    @abstractmethod
    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        """Returns its share of `lamppost status`, from the daemon's answer."""

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        """What is worth saying of a device beside whether it answers, from the daemon's answer."""
        return ()

    @abstractmethod
    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        """What it processes, keeps and sends, and how that is kept safe.

        Args:
            watched: names of the places that any trade watches.
        """


_ASKED: dict[int, tuple[Trade, Kinds]] = {}  # by identity of the trade, which is kept for that


def kinds(trade: Trade) -> Kinds:
    """What there is by it. It is asked once, before a configuration is read, and is the same for ever."""
    if id(trade) not in _ASKED:
        _ASKED[id(trade)] = trade, trade.kinds()
    return _ASKED[id(trade)][1]


def personal(trades: Iterable[Trade]) -> frozenset[str]:
    """The quantities of which nobody beyond the pole is told."""
    return frozenset[str]().union(*(kinds(each).personal for each in trades))


def judged(trades: Iterable[Trade]) -> frozenset[str]:
    """The quantities of which rules of these trades make events."""
    return frozenset[str]().union(*(kinds(each).judged for each in trades))
