"""What a version of a gateway cannot do, for whoever decides what to ask of it."""

from dataclasses import dataclass

from sambung.gateways.evolution.versions import traits


@dataclass(frozen=True, slots=True)
class Quirks:
    """`restart_deafens`: an open session hears nothing after it. `restart_needs_open`: it does nothing otherwise.

    `new_qr_after_logout`: else a closed session shows its old code again, and only a new instance helps.
    `delete_waits_for_webhook`: deleting waits until the instance's webhook has taken the news, 20 minutes if need be.
    """

    restart_deafens: bool
    restart_needs_open: bool
    new_qr_after_logout: bool
    delete_waits_for_webhook: bool


def quirks(version: str | None) -> Quirks:
    """The quirks of an Evolution server's version; an unknown one is taken for a present one."""
    known = traits(version)
    return Quirks(
        restart_deafens=known.restart_deafens,
        restart_needs_open=not known.closes_silently,
        new_qr_after_logout=known.new_qr_after_logout,
        delete_waits_for_webhook=known.deletes_while_open,
    )
