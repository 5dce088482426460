"""How long certificates are valid, read from their DER (RFC 5280, section 4.1) without I/O.

The standard library tells this of a peer's own certificate alone, and only once it was verified against the clock.
"""

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Validity(Struct, frozen=True, order=True):
    """Unix seconds; both ends are included."""

    not_after_s: float
    not_before_s: float


class NoCertificate(ValueError):
    """The bytes are no certificate."""


def validities(pem: str) -> list[Validity]:
    """Of every certificate in a PEM file; none where there is none. Raises NoCertificate for a broken one."""
    try:
        return [validity(ssl.PEM_cert_to_DER_cert(each)) for each in _PEM.findall(pem)]
    except ValueError as error:
        raise NoCertificate(str(error)) from error


def validity(der: bytes) -> Validity:
    """Of one certificate. Raises NoCertificate."""
    try:
        certificate = _only(der, _SEQUENCE)
        fields = list(_elements(next(_elements(certificate))[1]))
        if fields[0][0] == _VERSION:
            del fields[0]
        # serialNumber, signature, issuer, validity
        tag, span = fields[3]
        if tag != _SEQUENCE:
            raise NoCertificate("its validity is not where RFC 5280 has it")
        begin, end = (_time(*element) for element in _elements(span))
    except (IndexError, StopIteration, OverflowError, ValueError) as error:
        raise NoCertificate(f"not a certificate: {error}") from error
    return Validity(end, begin)


def _only(der: bytes, wanted: int) -> bytes:
    tag, content = next(_elements(der))
    if tag != wanted:
        raise NoCertificate(f"begins with tag {tag:#04x}")
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
            raise NoCertificate("it is cut off")
        yield tag, der[at : at + length]
        at += length


def _time(tag: int, text: bytes) -> float:
    """UTCTime has a year of two digits, 1950 to 2049 (RFC 5280, 4.1.2.5.1)."""
    digits = text.decode("ascii")
    if tag == _UTC_TIME:
        digits = ("19" if int(digits[:2]) >= 50 else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise NoCertificate(f"a time has tag {tag:#04x}")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
