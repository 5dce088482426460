"""TOML values -> typed tables, key by key, so that every wrong key of every table is reported in one run."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect, structs

from agent.calendars import meant_weekdays
from agent.config import meant as elsewhere_meant
from agent.config import messages
from agent.config.positions import KeyPath
from agent.config.problems import MOST_ERRORS, Report, nearest, one_of
from drivers import expected
from drivers.options import Id, Options, decode, unreckonable
from drivers.translation import _

_WRONG: Final = object()
"""Stands in place of a value that was reported as wrong."""


class JsonText(str):
    """Text out of JSON, which has no dates of its own: what stands in quotes is a date where one is expected."""


class Table(Struct, frozen=True):
    """One table of the file, as far as it is right.

    Args:
        kind: the struct it becomes.
        path: where it stands.
        values: by Python name, defaults filled in; keys that are wrong or missing are absent.
            A table inside is a Table, [line.NAME] and the like are a dict of Tables with every name that the file has.
    """

    kind: type[Options]
    path: KeyPath
    values: Mapping[str, Any]

    def values_of(self, *names: str) -> tuple[Any, ...] | None:
        """The values of `names`; None when one of them is wrong, so that nothing can be said about them."""
        if all(name in self.values for name in names):
            return tuple(self.values[name] for name in names)
        return None

    def tables(self, name: str) -> dict[str, "Table"]:
        found: dict[str, Table] = self.values.get(name, {})
        return found


def read(values: dict[str, Any], report: Report, kind: type[Options], *, complete: bool = True) -> Table:
    """A whole file. `complete`: whether a key that is absent is really absent, and not on a line that is no TOML."""
    return _Reader(report, kind, complete).table(values, kind, ())


def read_table(values: dict[str, Any], report: Report, kind: type[Options], path: KeyPath) -> Table:
    """One table that stands in no file, as if it stood under `path` in one."""
    return _Reader(report, kind, True).table(values, kind, path)


def all_tables(table: Table) -> Iterator[Table]:
    """Every table below, entries of lists included."""
    for value in table.values.values():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for each in inside:
            if isinstance(each, Table):
                yield each
                yield from all_tables(each)


def build(table: Table) -> Any:
    """The struct of a table in which nothing was wrong."""
    return table.kind(**{name: _built(value) for name, value in table.values.items()})


def _built(value: Any) -> Any:
    match value:
        case Table():
            return build(value)
        case dict():
            return {name: _built(each) for name, each in value.items()}
        case tuple():
            return tuple(_built(each) for each in value)
    return value


class _Reader:
    def __init__(self, report: Report, file: type[Options], complete: bool) -> None:
        self.report, self.file = report, file
        self.complete = complete

    def table(self, given: dict[str, Any], kind: type[Options], path: KeyPath) -> Table:
        fields = {field.encode_name: field for field in structs.fields(kind)}
        tag = kind.__struct_config__.tag_field
        for key, value in given.items():
            if key not in fields and key != tag and len(self.report.errors) < MOST_ERRORS:
                self._unknown(path, key, value, kind)
        values = {field.name: self._field(given, field, path) for field in fields.values()}
        return Table(kind, path, {name: value for name, value in values.items() if value is not _WRONG})

    def _field(self, given: dict[str, Any], field: structs.FieldInfo, path: KeyPath) -> Any:
        if field.encode_name in given:
            return self._value(given[field.encode_name], field.type, path, field.encode_name)
        if field.required:
            self._missing(path, field.encode_name, field.type)
            return _WRONG
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        if isinstance(default, Options):
            return self.table({}, type(default), (*path, field.encode_name))
        return default

    def _missing(self, path: KeyPath, key: str, kind: Any) -> None:
        if not self.complete:
            return
        if tables := struct_kinds(kind) or unnamed_kinds(kind):
            keys = ", ".join(field.encode_name for field in structs.fields(tables[0]) if field.required)
            self.report.error(
                (*path, key),
                (),
                _("the table is missing"),
                _("expected [{key}] with at least {keys}").format(key=key, keys=keys),
            )
        else:
            self.report.error(path, key, _("is missing"), _expected(inspect.type_info(kind)))

    def _unknown(self, path: KeyPath, key: str, value: Any, kind: type[Options]) -> None:
        tag = kind.__struct_config__.tag_field
        known = {tag: tag} if tag else {}
        known |= {field.name: field.encode_name for field in structs.fields(kind)}
        if path and (instead := kind.retired(key, str(path[-1]), value)):
            self.report.error(path, key, _("is no key any more"), instead)
            return
        elsewhere = _belongs(self.file, key)
        meant = known.get(key) or (None if path and elsewhere else nearest(key, known.values()))
        if path:
            hint = one_of(known.values()) + ("" if meant else elsewhere)
            self.report.error(path, key, _("unknown key"), hint, meant)
        elif isinstance(value, dict | list):
            self.report.error((key,), (), _("unknown table"), one_of(known.values()), meant)
        else:
            hint = _("put it below its table") + elsewhere
            self.report.error((), key, _("stands above the first [table]"), hint)

    def _value(self, given: Any, kind: Any, path: KeyPath, key: str) -> Any:
        if tables := struct_kinds(kind):
            return self._table_of(given, tables, (*path, key))
        if get_origin(kind) is dict:
            if (unnamed := unnamed_kinds(kind)) and isinstance(given, dict):
                return self._with_unnamed(given, unnamed[0], (*path, key))
            return self._named(given, struct_kinds(get_args(kind)[1]), (*path, key))
        if get_origin(kind) is tuple and (tables := struct_kinds(get_args(kind)[0])):
            return self._entries(given, tables[0], path, key)
        return self._leaf(given, kind, path, key)

    def _table_of(self, given: Any, kinds: tuple[type[Options], ...], path: KeyPath) -> Any:
        if not isinstance(given, dict):
            self.report.error(
                path,
                (),
                _("{value} is not a table").format(value=messages.shown(given)),
                _("expected [{table}]").format(table=".".join(map(str, path))),
            )
            return _WRONG
        tag = kinds[0].__struct_config__.tag_field
        if tag is None:
            return self.table(given, kinds[0], path)
        by_tag = {str(kind.__struct_config__.tag): kind for kind in kinds}
        usual = next((name for name, kind in by_tag.items() if kind.USUAL), None)
        chosen = given.get(tag, usual)
        if isinstance(chosen, str) and chosen in by_tag:
            return self.table(given, by_tag[chosen], path)
        self._kind_error(path, tag, given, by_tag)
        return Table(Options, path, {})

    def _kind_error(self, path: KeyPath, tag: str, given: dict[str, Any], known: Mapping[str, object]) -> None:
        if tag not in given:
            if self.complete:
                self.report.error(path, tag, _("is missing"), one_of(known))
            return
        meant = _meant(given[tag], list(known)) if isinstance(given[tag], str) else None
        self.report.error(
            path, tag, _("{value} is not a known kind").format(value=messages.shown(given[tag])), one_of(known), meant
        )

    def _named(self, given: Any, kinds: tuple[type[Options], ...], path: KeyPath) -> Any:
        top = str(path[0])
        if not isinstance(given, dict) or (given and not any(map(_is_table, given.values()))):
            self.report.error(
                path,
                (),
                _("the table has no name"),
                _("expected [{kind}.NAME], for example [{kind}.{kind}-1]").format(kind=top),
            )
            return _WRONG
        return {name: self._one_named(each, name, kinds, path) for name, each in given.items()}

    def _with_unnamed(self, given: dict[str, Any], kind: type[Options], path: KeyPath) -> dict[str, Table]:
        """The table without a name, where it has a key or is alone, and those below it that have one."""
        inner = {field.encode_name for field in structs.fields(kind) if struct_kinds(field.type)}
        required = {field.encode_name for field in structs.fields(kind) if field.required}
        for name in inner:
            if isinstance(given.get(name), dict) and required & given[name].keys():
                what = _('"{name}" is the name of a table of every [{kind}]').format(name=name, kind=path[0])
                self.report.error((*path, name), (), what, _("expected another name for it"))
                return {}
        named = {name for name, each in given.items() if _has_name(name, each, inner, required)}
        own = {key: each for key, each in given.items() if key not in named}
        found = {"": self.table(own, kind, path)} if own or not named else {}
        return found | {name: self._one_named(given[name], name, (kind,), path) for name in given if name in named}

    def _one_named(self, given: Any, name: str, kinds: tuple[type[Options], ...], path: KeyPath) -> Table:
        if not isinstance(given, dict):
            self.report.error(path, name, *_no_table(given, f"[{path[0]}.{name}]", str(path[0])))
            return Table(Options, (*path, name), {})
        if not is_name(name):
            self.report.error(
                (*path, name),
                (),
                _("{name} is not a name").format(name=messages.shown(name)),
                _expected(inspect.type_info(Id)),
            )
        found = self._table_of(given, kinds, (*path, name))
        assert isinstance(found, Table)
        return found

    def _entries(self, given: Any, kind: type[Options], path: KeyPath, key: str) -> Any:
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            keys = ", ".join(f"{field.encode_name} = ..." for field in structs.fields(kind))
            self.report.error(
                path,
                key,
                _("{value} is not a list of tables").format(value=messages.shown(given)),
                _("expected [{{ {keys} }}, ...]").format(keys=keys),
            )
            return _WRONG
        return tuple(self.table(each, kind, (*path, key, at)) for at, each in enumerate(given))

    def _leaf(self, given: Any, kind: Any, path: KeyPath, key: str) -> Any:
        plain, natively = _plain(given)
        try:
            value = msgspec.convert(plain, kind, dec_hook=decode, builtin_types=natively)
        except msgspec.ValidationError as error:
            if not self._wrong_items(given, kind, path, key):
                self._wrong_leaf(given, kind, path, (key, *_indices(str(error))))
            return _WRONG
        if words := _unusable(value, given):
            self.report.error(path, key, words, _expected(inspect.type_info(kind)))
            return _WRONG
        return value

    def _wrong_items(self, given: Any, kind: Any, path: KeyPath, key: str) -> bool:
        """Whether items of a list are wrong by themselves; each is told, where msgspec tells the first alone."""
        items = [each for each in _members(kind) if get_origin(each) is tuple and get_args(each)[-1] is Ellipsis]
        if not isinstance(given, list) or len(items) != 1:
            return False
        wheres = {at: _where_wrong(each, get_args(items[0])[0]) for at, each in enumerate(given)}
        wrong_ones = {at: where for at, where in wheres.items() if where is not None}
        for at, where in wrong_ones.items():
            self._wrong_leaf(given, kind, path, (key, at, *where))
        return bool(wrong_ones)

    def _wrong_leaf(self, given: Any, kind: Any, path: KeyPath, keys: KeyPath) -> None:
        info = _without_none(inspect.type_info(kind))
        for at in keys[1:]:
            given, info = given[at], _item(info)
        choices = info.values if isinstance(info, inspect.LiteralType) else ()
        words = [each for each in choices if isinstance(each, str)]
        meant = _meant(given, words) if isinstance(given, str) else None
        self.report.error(path, keys, messages.wrong(given, info, str(keys[0])), _expected(info), meant)


def _unusable(value: Any, given: Any) -> str:
    """Why a value of the right type is none all the same; "": it is one."""
    if (number := unreckonable(given)) is not None:
        return _("{value} is no number to reckon with").format(value=number)
    is_bad = isinstance(value, str) and (not value.strip() or not value.isprintable())
    return messages.unprintable(value) if is_bad else ""


def _plain(given: Any) -> tuple[Any, tuple[type, ...]]:
    """A value without its origin, and what its origin has of its own: TOML has dates."""
    if isinstance(given, list):
        entries = [_plain(each) for each in given]
        return [each for each, _ in entries], () if any(natively == () for _, natively in entries) else (date,)
    return (str(given), ()) if isinstance(given, JsonText) else (given, (date,))


def struct_kinds(kind: Any) -> tuple[type[Options], ...]:
    """The structs that a field of this type may become; none for a plain value."""
    members = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return tuple(each for each in members if isinstance(each, type) and issubclass(each, Options))


def unnamed_kinds(kind: Any) -> tuple[type[Options], ...]:
    """The struct of tables with names, one of which may stand without; none for anything else."""
    found = struct_kinds(get_args(kind)[1]) if get_origin(kind) is dict else ()
    return found if found and found[0].UNNAMED else ()


def _has_name(name: str, given: Any, inner: Collection[str], required: Collection[str]) -> bool:
    """Whether it is one of the tables with a name, and not nearly called like a table that each of them has."""
    if not isinstance(given, dict) or name in inner:
        return False
    return not given.keys().isdisjoint(required) or nearest(name, inner) is None


def tables(kind: type[Options], header: str = "") -> Iterator[tuple[str, type[Options]]]:
    """Every kind of table that the file may have: ("[lamp.NAME]", LampOptions), ..."""
    for field in structs.fields(kind):
        name = f"{header}.{field.encode_name}" if header else field.encode_name
        arguments = get_args(field.type)
        named = get_origin(field.type) is dict
        inner = arguments[1] if named else arguments[0] if get_origin(field.type) is tuple else field.type
        for each in struct_kinds(inner):
            below = f"{name}.NAME" if named and not each.UNNAMED else name
            yield f"[{below}]", each
            yield from tables(each, below)


def is_name(text: str) -> bool:
    try:
        msgspec.convert(text, Id)
    except msgspec.ValidationError:
        return False
    return text.isprintable()


def _expected(kind: "inspect.Type") -> str:
    return _("expected {what}").format(what=expected.expected(kind))


def _is_table(given: Any) -> bool:
    """Whether it stands below a [table.NAME], in single brackets or in two."""
    return isinstance(given, dict) or (isinstance(given, list) and isinstance(next(iter(given), None), dict))


def _no_table(given: Any, right: str, kind: str) -> tuple[str, str]:
    """What is wrong where a table with a name should stand, and what was expected."""
    if _is_table(given):
        return _("the name stands in two brackets"), _("expected {right}, once for each name").format(right=right)
    return _("stands outside a table with a name"), _("expected [{kind}.NAME] above it").format(kind=kind)


@lru_cache(maxsize=4)
def _homes(file: type[Options]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns every kind of table with its keys: a file may have thousands of keys that are unknown."""
    return tuple((header, kind.__struct_encode_fields__) for header, kind in tables(file))


def _belongs(file: type[Options], key: str) -> str:
    """Returns, in words, the tables that know a key that is unknown here; "": none does."""
    homes = list(dict.fromkeys(header for header, keys in _homes(file) if key in keys))
    return _(' ("{key}" belongs in {homes})').format(key=key, homes=_(" or ").join(homes)) if homes else ""


def _indices(message: str) -> tuple[int, ...]:
    """Returns the indices at which msgspec stumbled inside a list: it says so only in its message, "... - at
    `$[1][0]`"."""
    where = re.search(r" - at `\$((?:\[\d+\])+)`$", message)
    return tuple(int(each) for each in re.findall(r"\d+", where[1])) if where else ()


def _meant(given: str, words: list[str]) -> str | None:
    """Days of the week in another language, else the word that stands for it here, or is spelt most like it."""
    days = meant_weekdays(given)
    if days and set(days) <= set(words):
        return '", "'.join(days)
    return elsewhere_meant.meant_word(given, words) or nearest(given, words)


def _members(kind: Any) -> tuple[Any, ...]:
    """The types of a union, without what is said about it."""
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _where_wrong(given: Any, kind: Any) -> tuple[int, ...] | None:
    """Returns the indices of the mistake inside an item of a list; None: there is none."""
    try:
        msgspec.convert(given, kind, dec_hook=decode, builtin_types=(date,))
    except msgspec.ValidationError as error:
        return _indices(str(error))
    return None


def _without_none(info: "inspect.Type") -> "inspect.Type":
    if isinstance(info, inspect.UnionType):
        kinds = [each for each in info.types if not isinstance(each, inspect.NoneType)]
        return kinds[0] if len(kinds) == 1 else info
    return info


def _item(info: "inspect.Type") -> "inspect.Type":
    if isinstance(info, inspect.VarTupleType):
        return info.item_type
    assert isinstance(info, inspect.TupleType)
    return info.item_types[0]
