"""What nobody has caught: one log line for each, and the traceback of a defect once, through isolation."""

import asyncio
import logging
import sys
import threading
from collections.abc import Mapping
from typing import Any

from agent.defect import described
from agent.isolation import Isolation
from agent.store import StoreError
from drivers.errors import DeviceError
from drivers.translation import _

log = logging.getLogger(__name__)

PART = "event-loop"
"""The part by which such defects are told."""

_RUN = "run"  # it works again when nothing more has come for long enough

_NO_DEFECT = (OSError, StoreError, DeviceError)
"""What the world brings about: a line says all of it."""


def tell_unhandled(loop: asyncio.AbstractEventLoop, isolation: Isolation) -> None:
    """Tells from now on of exceptions that are left to the loop, that end a thread, or that are raised where nothing
    can catch them."""
    part = isolation.part(PART, each_alone=True)

    def tell(what: str, error: BaseException | None) -> None:
        log.error("%s%s", what, "" if error is None else f": {described(error).words}")
        if isinstance(error, Exception) and not isinstance(error, _NO_DEFECT):
            part.ask(lambda: _raise(error), _RUN)

    def tell_from_anywhere(what: str, error: BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(tell, what, error)
        except RuntimeError:  # the loop is closed: nothing is told of parts any more
            log.error("%s", what, exc_info=error)

    def of_thread(told: threading.ExceptHookArgs) -> None:
        name = _("that has ended") if told.thread is None else told.thread.name
        tell_from_anywhere(_("a thread failed ({name})").format(name=name), told.exc_value)

    def of_finalizer(told: "sys.UnraisableHookArgs") -> None:
        name = getattr(told.object, "__qualname__", type(told.object).__name__)
        tell_from_anywhere(_("an exception could not be raised ({name})").format(name=name), told.exc_value)

    loop.set_exception_handler(lambda _loop, context: tell(_what(context), context.get("exception")))
    threading.excepthook = of_thread
    sys.unraisablehook = of_finalizer


def _what(context: Mapping[str, Any]) -> str:
    """What asyncio says, and of whom. Of a callback it would repeat the arguments, which may be anything."""
    whom = context.get("task") or context.get("future") or context.get("transport") or context.get("asyncgen")
    name = whom.get_name() if isinstance(whom, asyncio.Task) else type(whom).__name__
    message = str(context["message"]).partition("(")[0].strip()
    return message if whom is None else f"{message} ({name})"


def _raise(error: Exception) -> None:
    raise error
