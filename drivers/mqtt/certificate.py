"""How long certificates are valid and what they say of themselves, read from their DER (RFC 5280) without I/O.

The standard library tells this of a peer's own certificate alone, and only once it was verified against the clock.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise

from msgspec import Struct

from drivers.mqtt.errors import NoCertificate
from drivers.translation import _

_BOOLEAN, _BIT_STRING = 0x01, 0x03
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION, _EXTENSIONS = 0x30, 0x17, 0x18, 0xA0, 0xA3
# Identifiers of extensions: 2.5.29.14, .15, .19 and .35.
_SUBJECT_KEY_IDENTIFIER, _KEY_USAGE, _BASIC_CONSTRAINTS, _AUTHORITY_KEY_IDENTIFIER = (
    bytes((0x55, 0x1D, last)) for last in (14, 15, 19, 35)
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Validity(Struct, frozen=True, order=True):
    """Unix seconds; both ends are included."""

    not_after_s: float
    not_before_s: float


class Claims(Struct, frozen=True):
    """What a certificate says that it may be used for (RFC 5280, section 4.2.1).

    Args:
        is_self_issued: issuer and subject are the same.
        names_subject: the subject is not empty.
        is_v1: it is of version 1, which has no extensions.
        has_constraints, is_authority, authority_is_critical: basicConstraints.
        may_sign: keyUsage has keyCertSign; None: there is no keyUsage.
        has_own_key_id, has_issuer_key_id: subjectKeyIdentifier, authorityKeyIdentifier.
    """

    is_self_issued: bool
    names_subject: bool
    is_v1: bool
    has_constraints: bool
    is_authority: bool
    authority_is_critical: bool
    may_sign: bool | None
    has_own_key_id: bool
    has_issuer_key_id: bool


def ders(pem: str) -> list[bytes]:
    """Every certificate in a PEM file; none where there is none. Raises NoCertificate for a broken one."""
    try:
        return [ssl.PEM_cert_to_DER_cert(each) for each in _PEM.findall(pem)]
    except ValueError as error:
        raise NoCertificate(str(error)) from error


def validities(pem: str) -> list[Validity]:
    """Returns the validity of every certificate in a PEM file, none where there is none. Raises NoCertificate for a
    broken one."""
    return [validity(der) for der in ders(pem)]


def validity(der: bytes) -> Validity:
    """Returns the validity of one certificate. Raises NoCertificate."""
    with _reading():
        tag, span = _fields(der)[3]
        if tag != _SEQUENCE:
            raise NoCertificate(_("its validity is not where RFC 5280 has it"))
        begin, end = (_time(*element) for element in _elements(span))
        return Validity(end, begin)


def claims(der: bytes) -> Claims:
    """Returns the claims of one certificate. Raises NoCertificate."""
    with _reading():
        fields = _fields(der)
        issuer, subject = fields[2][1], fields[4][1]
        found = _extensions(next((content for tag, content in fields[6:] if tag == _EXTENSIONS), b""))
        critical, constraints = found.get(_BASIC_CONSTRAINTS, (False, b""))
        usage = found.get(_KEY_USAGE)
        return Claims(
            is_self_issued=issuer == subject,
            names_subject=bool(subject),
            is_v1=not found,
            has_constraints=bool(constraints),
            is_authority=bool(constraints) and _says_authority(constraints),
            authority_is_critical=critical,
            may_sign=None if usage is None else _says_sign(usage[1]),
            has_own_key_id=_SUBJECT_KEY_IDENTIFIER in found,
            has_issuer_key_id=_AUTHORITY_KEY_IDENTIFIER in found,
        )


def broken_chain(pem: str) -> int:
    """Which certificate in a PEM file, from 1, was not issued by the one behind it; 0: none. Raises NoCertificate."""
    with _reading():
        names = [(fields[2][1], fields[4][1]) for fields in map(_fields, ders(pem))]
    return next((at for at, ((issuer, _), (_, subject)) in enumerate(pairwise(names), 1) if issuer != subject), 0)


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever bytes that are no certificate make of the steps within is NoCertificate."""
    try:
        yield
    except NoCertificate:
        raise
    except (IndexError, StopIteration, OverflowError, ValueError) as error:
        raise NoCertificate(_("not a certificate: {reason}").format(reason=error)) from error


def _fields(der: bytes) -> list[tuple[int, bytes]]:
    """serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, and what may follow (section 4.1)."""
    fields = list(_elements(next(_elements(_only(der, _SEQUENCE)))[1]))
    return fields[1:] if fields[0][0] == _VERSION else fields


def _extensions(content: bytes) -> dict[bytes, tuple[bool, bytes]]:
    """Returns for each extension, by its identifier, whether it is critical, and its value (section 4.1)."""
    found = {}
    for _tag, extension in _elements(_only(content, _SEQUENCE)) if content else ():
        (_tag, name), *flag, (_tag, value) = _elements(extension)
        found[name] = (bool(flag) and flag[0] == (_BOOLEAN, b"\xff"), value)
    return found


def _says_authority(basic_constraints: bytes) -> bool:
    return next(_elements(_only(basic_constraints, _SEQUENCE)), None) == (_BOOLEAN, b"\xff")


def _says_sign(key_usage: bytes) -> bool:
    """A bit string whose first byte tells how many of its last bits are unused; keyCertSign is bit 5."""
    bits = _only(key_usage, _BIT_STRING)[1:]
    return bool(bits) and bool(bits[0] & 0x80 >> 5)


def _only(der: bytes, wanted: int) -> bytes:
    tag, content = next(_elements(der))
    if tag != wanted:
        raise NoCertificate(_("begins with tag {tag:#04x}").format(tag=tag))
    return content


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element (X.690, 8.1, definite lengths)."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(der[at : at + count], "big")
            at += count
        if at + length > len(der):
            raise NoCertificate(_("it is cut off"))
        yield tag, der[at : at + length]
        at += length


def _time(tag: int, text: bytes) -> float:
    """UTCTime has a year of two digits, 1950 to 2049 (RFC 5280, 4.1.2.5.1)."""
    digits = text.decode("ascii")
    if tag == _UTC_TIME:
        digits = ("19" if int(digits[:2]) >= 50 else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise NoCertificate(_("a time has tag {tag:#04x}").format(tag=tag))
    found = _DIGITS.fullmatch(digits)
    if found is None:
        raise ValueError(digits)
    year, month, day, hour, minute, second = map(int, found.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
