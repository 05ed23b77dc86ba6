"""The channels as admins keep them: sealed when they come in, never shown again, tried before they are trusted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from health_check import letters
from health_check.alert_models import ChannelAsked, Channels, ChannelShown, ChannelTest
from health_check.alerting import UNREADABLE
from health_check.channel_rules import refusal, scheme_of
from health_check.courier import Deliver, Letter
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.texts import title_and_detail
from sambung.edge.wiring import Parts
from sambung.store import channels, servers
from sambung.store.channels import Channel
from sambung.store.connection import Connection


class ChannelBook:
    """What can be done with channels. `send` delivers letters, or only reads their URLs."""

    def __init__(self, parts: Parts, send: Deliver) -> None:
        self._parts = parts
        self._send = send

    def all(self, language: str) -> Channels:
        """Every channel, without its secret."""
        with self._parts.database.transaction() as connection:
            found = channels.all_channels(connection)
        return Channels(items=[_shown(one, language) for one in found])

    def replace(self, asked: Sequence[ChannelAsked], *, seconds: float) -> None:
        """Have these channels and no others; raises `invalid_request` naming the field, and then changes nothing."""
        with self._parts.database.transaction() as connection:
            known = {one.id: one for one in channels.all_channels(connection)}
            self._check(connection, asked, known)
        self._check_readable(asked, seconds)
        with self._parts.database.transaction() as connection:
            channels.replace_all(connection, [self._channel(one, known) for one in asked])

    def test(self, asked: ChannelTest, *, seconds: float, language: str) -> None:
        """Send a message that says that it works; raises `channel_failed` saying why not, `not_found`."""
        if (asked.id is None) == (asked.url is None):
            raise RequestError(
                Code.INVALID_REQUEST, errors=[FieldError("id", "give either the id of a saved channel or a url")]
            )
        with self._parts.database.transaction() as connection:
            saved = {one.id: one for one in channels.all_channels(connection)}.get(asked.id) if asked.id else None
            if asked.url is not None:
                self._refuse(connection, asked.url, "url")
        if asked.id is not None and saved is None:
            raise RequestError(Code.NOT_FOUND)
        url = asked.url or self._unsealed(saved)
        spoken = asked.language or (saved.language if saved else language)
        (failure,) = self._send([letters.proof(url=url, language=spoken)], seconds) if url else [UNREADABLE]
        if saved is not None:
            with self._parts.database.transaction() as connection:
                channels.note_channel(connection, saved.id, failure, self._parts.now())
        if failure is not None:
            raise RequestError(Code.CHANNEL_FAILED, params=_params(failure))

    def _check(self, connection: Connection, asked: Sequence[ChannelAsked], known: Mapping[UUID, Channel]) -> None:
        names, ids = Counter(one.name for one in asked), Counter(one.id for one in asked if one.id)
        for at, one in enumerate(asked):
            if names[one.name] > 1:
                raise _wrong(at, "name", "two channels must not share a name")
            if one.id is not None and (one.id not in known or ids[one.id] > 1):
                raise _wrong(at, "id", "is no channel of ours, or is named twice: leave it out for a new one")
            if one.url is None and one.id is None:
                raise _wrong(at, "url", "a new channel needs its url")
            if one.url is not None:
                self._refuse(connection, one.url, f"items.{at}.url")

    def _refuse(self, connection: Connection, url: str, field: str) -> None:
        addresses = [one.base_url for one in servers.all_servers(connection)]
        reason = refusal(url, servers=addresses, local=self._parts.settings.is_local)
        if reason is not None:
            raise RequestError(Code.INVALID_REQUEST, errors=[FieldError(field, reason)])

    def _check_readable(self, asked: Sequence[ChannelAsked], seconds: float) -> None:
        given = [(at, one.url) for at, one in enumerate(asked) if one.url is not None]
        failures = self._send([Letter(url, only_read=True) for _, url in given], seconds)
        for (at, _), failure in zip(given, failures, strict=True):
            if failure is not None:
                raise _wrong(at, "url", title_and_detail(Code.CHANNEL_FAILED, {"cause": failure}, "en")[1])

    def _channel(self, asked: ChannelAsked, known: Mapping[UUID, Channel]) -> Channel:
        keyring, old = self._parts.keyring, known.get(asked.id) if asked.id else None
        kept = (old.scheme, old.url_sealed, old.key_id) if old else ("", "", "")
        fresh = (scheme_of(asked.url), keyring.seal(asked.url), keyring.primary) if asked.url else kept
        return Channel(
            id=asked.id or uuid4(),
            name=asked.name,
            scheme=fresh[0],
            url_sealed=fresh[1],
            key_id=fresh[2],
            language=asked.language,
            least_severity=asked.least_severity,
            enabled=asked.enabled,
        )

    def _unsealed(self, saved: Channel | None) -> str | None:
        try:
            return None if saved is None else self._parts.keyring.unseal(saved.url_sealed)
        except SecretUnreadable:
            return None


def _wrong(at: int, field: str, reason: str) -> RequestError:
    return RequestError(Code.INVALID_REQUEST, errors=[FieldError(f"items.{at}.{field}", reason)])


def _params(failure: str) -> dict[str, str]:
    word, _, status = failure.partition("_")
    return {"cause": word, "http": status}


def _shown(channel: Channel, language: str) -> ChannelShown:
    failure = channel.last_failure
    reason = title_and_detail(Code.CHANNEL_FAILED, _params(failure), language)[1] if failure else None
    return ChannelShown.model_validate(
        {
            "id": channel.id,
            "name": channel.name,
            "scheme": channel.scheme,
            "target": f"{channel.scheme}://…",
            "language": channel.language,
            "least_severity": channel.least_severity,
            "enabled": channel.enabled,
            "last_sent_at": channel.last_sent_at,
            "last_failed_at": channel.last_failed_at,
            "last_failure": failure,
            "last_failure_reason": reason,
        }
    )
