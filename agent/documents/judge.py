"""Judges documents, and what may become one, by the configuration in force; a defect in that leaves all as it was."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import Any

import msgspec
from msgspec import structs

from agent.documents.check import Checked, Kinds, check_told, problem_of_hours, problem_of_validity, problems_of_doubles
from agent.documents.document import Document, Key, Setting
from agent.documents.orders import Time
from agent.trades.build import BuildContext
from drivers.translation import _


class Judge:
    """
    Args:
        context: of the pole; its configuration may become another.
        kinds: of documents that its trades take.
    """

    def __init__(self, context: BuildContext, kinds: Kinds) -> None:
        self._context, self._kinds = context, kinds

    def check(self, document: Document) -> Checked:
        """Checks one; with a defect in that it is without effect."""
        return self._checked(document.key, document.content)

    def problems(self, told: Mapping[str, Any]) -> tuple[str, ...]:
        """Returns what is wrong with the time and the content of what is to be set, as far as they can be read.

        Args:
            told: `data` of document.set.
        """
        kind, name, content = (_as(kind, told.get(key)) for key, kind in _SAID.items())
        found = [*self._problems_of_time(told)]
        if kind is not None and content is not None:
            key = kind, name or "…"
            found += self._checked(key, content).problems or problems_of_doubles(self._kinds, key, content)
        return tuple(found)

    def problems_of_whole(self, setting: Setting) -> tuple[str, ...]:
        """Returns what `problems` tells of a setting, or that what is right by itself would never hold."""
        return self.problems(structs.asdict(setting)) or self._problems_of_hours(setting)

    def _problems_of_hours(self, setting: Setting) -> tuple[str, ...]:
        content = self._checked((setting.kind, setting.name), setting.content).content
        now, config = self._context.clock.now(), self._context.config
        work = partial(problem_of_hours, self._kinds[setting.kind], config, setting, content, now)
        problem = self._context.isolation.part("documents/check", each_alone=True).ask(work)
        return () if problem is None else (problem,)

    def _problems_of_time(self, told: Mapping[str, Any]) -> Iterator[str]:
        began, until = (_as(Time, told.get(key)) for key in ("valid_from", "valid_until"))
        if until is None:
            return
        try:
            began, until = began and began.astimezone(UTC), until.astimezone(UTC)
        except OverflowError:
            yield _("valid_from or valid_until is no time that can be")
        else:
            if (problem := problem_of_validity(began, until, self._context.clock.now())) is not None:
                yield problem

    def _checked(self, key: Key, content: dict[str, Any]) -> Checked:
        work = partial(check_told, self._kinds, self._context.config, key, content)
        found = self._context.isolation.part("documents/check", each_alone=True).ask(work)
        return found or Checked(None, (_("a defect of lamppost keeps it from being checked: see lamppost status"),))


_SAID: Mapping[str, Any] = {"kind": str, "name": str, "content": dict[str, Any]}


def _as(kind: Any, value: Any) -> Any:
    """Returns the value; None: there is none, or it is of another kind."""
    try:
        return None if value is None else msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
