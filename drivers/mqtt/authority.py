"""What a private authority's certificates lack of RFC 5280, by which strict programs refuse them.

This pole does not (see `tls.tls_context`). Others do, Python's own default from 3.13 on among them, and so may the
next broker.
"""

from collections.abc import Iterable
from typing import NamedTuple

from drivers.mqtt.certificate import Claims, claims, ders
from drivers.mqtt.errors import NoCertificate
from drivers.translation import _

MANY = 20
"""More certificates than a town's own file has: those of the system, whose public authorities are not judged here."""


class Verdict(NamedTuple):
    """The verdict on a file of authorities.

    Args:
        lacks: what its certificates lack, in the words of the RFC.
        signs_nothing: why OpenSSL follows no chain to any of them; "": it does to one at least.
    """

    lacks: tuple[str, ...]
    signs_nothing: str


def judge(pem: str) -> Verdict:
    """Reads each certificate once. Raises NoCertificate, also where there is none."""
    found = ders(pem)
    if not found:
        raise NoCertificate(_("there is no certificate in it"))
    if len(found) > MANY:
        return Verdict((), _signs_nothing(map(claims, found)))
    says = [claims(der) for der in found]
    return Verdict(tuple(dict.fromkeys(word for each in says for word in _lacks(each))), _signs_nothing(says))


def _signs_nothing(authorities: Iterable[Claims]) -> str:
    """Returns why OpenSSL follows no chain to any of the authorities; "": it follows one to the first that signs.

    Nothing but a broker that shows one of these very certificates is believed where there is none. By check_ca() of
    OpenSSL 3: without basicConstraints a keyUsage with keyCertSign is enough, and so is version 1 for a certificate
    that signed itself.
    """
    first = ""
    for says in authorities:
        why = _reason(says)
        if not why:
            return ""
        first = first or why
    return first


def _reason(says: Claims) -> str:
    if says.may_sign is False:
        return _("its keyUsage has no keyCertSign")
    if says.is_authority or (not says.has_constraints and (says.may_sign or (says.is_v1 and says.is_self_issued))):
        return ""
    return _("it does not say basicConstraints CA:TRUE")


def _lacks(says: Claims) -> list[str]:
    """Sections 4.1.2.6, 4.2.1.1 to 4.2.1.3 and 4.2.1.9."""
    missing = {
        "basicConstraints CA:TRUE": not says.is_authority,
        _("basicConstraints marked critical"): says.is_authority and not says.authority_is_critical,
        "keyUsage keyCertSign": not says.may_sign,
        "subjectKeyIdentifier": not says.has_own_key_id,
        "authorityKeyIdentifier": not says.is_self_issued and not says.has_issuer_key_id,
        _("a subject"): not says.names_subject,
    }
    return [word for word, is_missing in missing.items() if is_missing]
