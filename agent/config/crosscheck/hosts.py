"""`host` of any table: a name or an address alone, without what belongs in other keys."""

import re

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.address import canonical
from drivers.translation import _

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PORT = re.compile(r"^(\[[^\]]*\]|[^:]*):(\d*)$")
_DIGITS = re.compile(r"\d+(?:[.,]\d+){1,5}", re.ASCII)
_LONGEST_LABEL = 63
_LONGEST_NAME = 253
_SECURE = ("mqtts://", "ssl://", "tls://", "wss://", "https://")


def check(config: Table, report: Report) -> None:
    for table in all_tables(config):
        host = table.values.get("host")
        if isinstance(host, str) and not is_host(host):
            report.error(table.path, "host", _wrong(host), _expected(host, table))


def is_host(text: str) -> bool:
    """Whether a text may be the name or the address of a host."""
    if _is_address(text):
        return True
    name = text.removesuffix(".")
    labels = name.split(".")
    if labels[-1].isdecimal():  # a name does not end in a number: an address is meant (WHATWG URL, RFC 3696)
        return False
    if len(name) > _LONGEST_NAME or not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        return False
    return all(each.isalnum() or each in "-._" for each in name)


def _is_address(text: str) -> bool:
    """Tells whether it is an address of a network; an IPv6 address may stand in brackets."""
    return canonical(text[1:-1] if text[:1] + text[-1:] == "[]" else text) is not None


def _address(text: str) -> str | None:
    """An address that was written with commas or leading zeros; None: it was not."""
    found = _DIGITS.fullmatch(text)
    if found is None:
        return None
    numbers = [number.lstrip("0") or "0" for number in re.findall(r"\d+", text)]
    address = ".".join(numbers)
    return address if _is_address(address) else None


def _wrong(host: str) -> str:
    shown = f'"{host}"'
    if _SCHEME.match(host):
        return _("{host} is a URL").format(host=shown)
    if any(each.isspace() for each in host):
        return _("{host} has a blank in it").format(host=shown)
    if _PORT.match(host):
        return _("{host} has a port in it").format(host=shown)
    if _DIGITS.fullmatch(host):
        return _("{host} is no address: it has four numbers from 0 to 255, with points and no leading zeros").format(
            host=shown
        )
    return _("{host} is neither the name of a host nor an address").format(host=shown)


def _expected(host: str, table: Table) -> str:
    """What to write, as far as it can be told."""
    bare = re.split("[/?#]", "".join(_SCHEME.sub("", host).split()), maxsplit=1)[0].rpartition("@")[2]
    with_port = None if _is_address(bare) else _PORT.match(bare)
    if (address := _address(bare)) is not None:
        bare, with_port = address, None
    name, port = (with_port[1], with_port[2]) if with_port else (bare, "")
    if not is_host(name):
        return _('expected a name or an address alone, for example "broker.example" or "192.0.2.10"')
    said = _('expected host = "{host}", port = {port}') if port else _('expected host = "{host}"')
    more = ""
    if host.lower().startswith(_SECURE) and table.values.get("tls", "") is None:
        more = _(", and a table [{table}.tls]").format(table=".".join(map(str, table.path)))
    return said.format(host=name, port=port) + more
