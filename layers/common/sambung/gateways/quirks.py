"""What a kind of gateway offers and what a version of it cannot do, for whoever decides what to ask of it."""

from dataclasses import dataclass
from typing import Final

from sambung.gateways.evolution import versions
from sambung.gateways.webjs import names

EVOLUTION: Final = "evolution"
WEBJS: Final = "webjs"
CREATION_EVENT: Final = versions.CREATION
"""Asked for with the creation, where the version tells of it."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """`restart_deafens`: an open session hears nothing after it. `restart_needs_open`: it does nothing otherwise.

    `new_qr_after_logout`: else a closed session shows its old code again, and only a new instance helps.
    `delete_waits_for_webhook`: deleting waits until the instance's webhook has taken the news, 20 minutes if need be.
    `offers_restart`, `offers_logout`: there is such a call. `offers_pairing_code`: a number can be paired by a code.
    `sets_webhooks`: each instance has a webhook; else the server's own configuration names the one address.
    `signs_webhooks`: by a secret that was entered with the server. `token_proves`: our token opens our instances only.
    `tells_of_creation`: an instance that is made with a webhook is told of by it.
    `opens_late`: after its start it opens its sessions one by one, and knows nothing of those that are still to come.
    """

    restart_deafens: bool
    restart_needs_open: bool
    new_qr_after_logout: bool
    delete_waits_for_webhook: bool
    offers_restart: bool
    offers_logout: bool
    offers_pairing_code: bool
    sets_webhooks: bool
    signs_webhooks: bool
    token_proves: bool
    tells_of_creation: bool
    opens_late: bool


_WEBJS: Final = Quirks(
    restart_deafens=False,
    restart_needs_open=False,
    new_qr_after_logout=True,
    delete_waits_for_webhook=False,
    offers_restart=False,
    offers_logout=False,
    offers_pairing_code=False,
    sets_webhooks=False,
    signs_webhooks=True,
    token_proves=False,
    tells_of_creation=False,
    opens_late=True,
)


def quirks(kind: str, version: str | None) -> Quirks:
    """The quirks of a server; an unknown version is taken for a present one."""
    if kind == WEBJS:
        return _WEBJS
    known = versions.traits(version)
    return Quirks(
        restart_deafens=known.restart_deafens,
        restart_needs_open=not known.closes_silently,
        new_qr_after_logout=known.new_qr_after_logout,
        delete_waits_for_webhook=known.deletes_while_open,
        offers_restart=True,
        offers_logout=True,
        offers_pairing_code=True,
        sets_webhooks=True,
        signs_webhooks=False,
        token_proves=True,
        tells_of_creation=known.tells_of_creation,
        opens_late=False,
    )


def shares_names(kind: str) -> str | None:
    """The kind, where any of its servers may hold any session, so that a name means one session on all of them."""
    return kind if kind == WEBJS else None


def is_addressable(kind: str, name: str) -> bool:
    """Whether calls can reach an instance of this name."""
    return names.is_addressable(name) if kind == WEBJS else versions.is_addressable(name)
