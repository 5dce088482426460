"""`lamppost wipe`: what makes this box that pole goes from it, for a retired or stolen one; the city is told last."""

import asyncio
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from pathlib import Path

from agent.cli.arguments import MODELS_DIR
from agent.cli.check.layout import section
from agent.cli.wipe import daemon, remove
from agent.cli.wipe.daemon import Service
from agent.cli.wipe.plan import OWN_FOLDERS, Item, Plan, plan_of
from agent.console import Answer
from agent.store import StoreError
from drivers.translation import _, ngettext

DONE, FAILED, NOT_CONFIRMED = 0, 1, 2
WAIT_S = 10.0


def run(
    file: Path,
    *,
    yes: bool = False,
    pole: str | None = None,
    dry_run: bool = False,
    wait_s: float = WAIT_S,
    own_folders: Sequence[Path] = OWN_FOLDERS,
    service: Callable[[Path], Service] = Service,
) -> int:
    """The exit code: 1, something stays that should go; 2, it was not confirmed, and nothing has happened.

    Args:
        file: the configuration.
        yes, pole: confirm it; None: it is asked for at the terminal.
        wait_s: how long the daemon may try to reach its broker.
    """
    try:
        plan = plan_of(file, own_folders)
    except OSError as error:
        print(_("nothing is removed: {reason}").format(reason=error.strerror), file=sys.stderr)
        return FAILED
    _show(plan)
    if dry_run or not (plan.items or plan.unclear):
        return DONE
    if not (yes or _confirmed(plan, pole)):
        print(_("not confirmed: nothing has happened"), file=sys.stderr)
        return NOT_CONFIRMED
    if (denied := remove.denied([item.path for item in plan.items])) is not None:
        print(_("{folder} may not be written by this user: use sudo").format(folder=denied), file=sys.stderr)
        return FAILED
    return _wiped(plan, service(file), wait_s)


def _wiped(plan: Plan, service: Service, wait_s: float) -> int:
    if service.is_ours and not service.disable():
        print(_("systemd did not disable lamppost; it may start again at the next boot"), file=sys.stderr)
    for line in _farewell(asyncio.run(daemon.retire(plan.socket, wait_s))):
        print(line)
    if service.is_ours:
        service.stop()
    with ExitStack() as held:
        try:
            if (lock := daemon.owned(plan.store, daemon.END_S)) is not None:
                held.enter_context(lock)
        except StoreError as error:
            print(_("nothing is removed, since a daemon still runs: {reason}").format(reason=error), file=sys.stderr)
            return FAILED
        left = _removed(plan)
    for line in _after(left):
        print(line)
    return FAILED if left else DONE


def _removed(plan: Plan) -> list[tuple[str, str]]:
    """Returns what could not be removed, and why."""
    whose, left = remove.owners(plan.store), list[tuple[str, str]]()
    # The configuration stays as long as anything else does: by it a second attempt finds that.
    for item in plan.items:
        if left and (item.is_link or item.what == _("configuration")):
            left.append((str(item.path), _("kept, since by it a second attempt finds the rest")))
            continue
        _remove(item, whose, left)
    lock = plan.store.with_name(plan.store.name + ".lock")
    _remove(Item(lock, _("store")), whose, left)  # held since a moment ago
    left += _unclear(plan)
    for folder in plan.folders:
        remove.remove_empty(folder)
    return left


def _unclear(plan: Plan) -> list[tuple[str, str]]:
    """Returns the configuration that stays, and why."""
    if plan.unclear is None:
        return []
    words = _("{wrong}; what it names elsewhere is not known: mend it, or remove that and it by hand")
    return [(_("configuration"), words.format(wrong=plan.unclear))]


def _remove(item: Item, whose: Collection[int], left: list[tuple[str, str]]) -> None:
    try:
        remove.remove(item.path, whose, is_link=item.is_link)
    except OSError as error:
        left.append((str(item.path), error.strerror or str(error)))


def _show(plan: Plan) -> None:
    rows = [(item.what, str(item.path)) for item in plan.items]
    name = plan.pole or _("a pole")
    if not (rows or plan.unclear):
        print(_("nothing of a pole is left here"))
        return
    print(_("WHAT GOES, OF {name}").format(name=name))
    for what, path in rows:  # whole, however long
        print(f"  {what:<24} {path}")
    print("\n".join(["", *section(_("WHAT STAYS"), [*_unclear(plan), *plan.stays, *_always_stays()])]))


def _always_stays() -> list[tuple[str, str]]:
    journal = _("the log of the box has lines of it: {command}")
    return [
        (_("journal"), journal.format(command="journalctl --rotate && journalctl --vacuum-time=1s")),
        (str(MODELS_DIR), _("models, which hold nothing of the pole")),
        ("/etc/systemd/system/lamppost*.d", _("files of your own for its units, which may name hosts")),
    ]


def _confirmed(plan: Plan, given: str | None) -> bool:
    wanted = plan.pole or "wipe"
    if given is not None:
        return given == wanted
    if not sys.stdin.isatty():
        return False
    return input(_("type {word} to remove all this for ever: ").format(word=wanted)).strip() == wanted


def _farewell(answer: Answer | None) -> list[str]:
    """What a technician is told of how the city was."""
    if answer is None:
        return [_("no daemon runs: the city was not told, and what is retained at the broker stays there")]
    if "error" in answer:
        return [_("the daemon did not take leave of the city: {reason}").format(reason=answer["error"])]
    lines = [_("the city was told: pole.retired is acknowledged by the broker")]
    if not answer["told"]:
        lines = [_("the city was not told: {reason}").format(reason=answer["reason"])]
    if answer["told"] and answer["cleared"]:
        lines.append(_("nothing of the pole is retained at the broker any more"))
    elif answer["told"]:
        lines.append(_("something stays retained at the broker: {reason}").format(reason=answer["reason"]))
    if count := answer["events_left"]:
        words = ngettext("{count} event goes unsent with the store", "{count} events go unsent with the store", count)
        lines.append(words.format(count=count))
    return lines


def _after(left: Sequence[tuple[str, str]]) -> list[str]:
    if left:
        lines = (f"  {path}: {reason}" for path, reason in left)
        return [_("NOT REMOVED"), *lines, _("mend it, and wipe again")]
    erased = _("For that, erase all of it: {commands}; or destroy it.")
    commands = "blkdiscard --secure /dev/mmcblk0, mmc sanitize, nvme format --ses=1, cryptsetup erase"
    return [
        _("All is removed. A card or chip of flash keeps copies that no program overwrites, and who has it may read."),
        erased.format(commands=commands),
        _("At the broker, revoke its certificate and its password, and end its session: docs/security.md."),
    ]
