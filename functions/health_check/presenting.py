"""The sample as the API shows it, with its reasons in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from health_check.checking import Sample
from health_check.models import HealthCheck, InstanceHealth, ServerHealth, Summary
from sambung.domain.errors import CATALOGUE, Code
from sambung.domain.health import DISABLED, Health, Reason, health_of, summary, worst
from sambung.edge.texts import title_and_detail
from sambung.store.health import Silent
from sambung.store.servers import Server

INSTANCES_SHOWN = 5_000  # a function's answer may be 6 MB
# They grow by themselves and are no news.
AGES: Mapping[str, object] = {"instances": {"__all__": {"last_event_age_s"}}}


def shown(found: Sample, *, now: datetime, language: str) -> HealthCheck:
    """The whole answer."""
    servers = [_server(one, found.silent[one.id], found.latencies.get(one.id, []), language) for one in found.servers]
    judged = [health_of(one, now) for one in found.instances]
    down = [one for one in servers if one.enabled and one.evolution_reachable is False]
    return HealthCheck(
        checked_at=max((one.checked_at for one in servers if one.checked_at), default=None),
        reason=_first_reason(servers, judged, language),
        servers=servers,
        instances=[_instance(one, now, language) for one in judged[:INSTANCES_SHOWN]],
        summary=Summary(**summary(judged, servers_down=len(down))),
    )


def _server(server: Server, silent: Silent, latencies: list[int | None], language: str) -> ServerHealth:
    code = Code(server.last_error_code) if server.last_error_code else None
    cause = server.unreachable_cause
    if not server.enabled:
        code, cause = Code.SERVER_UNREACHABLE, DISABLED
    title, detail = (
        title_and_detail(code, {"cause": cause or "", "kind": server.kind}, language) if code else (None, None)
    )
    return ServerHealth(
        server_id=server.id,
        name=server.name,
        enabled=server.enabled,
        evolution_reachable=server.reachable if server.enabled else None,
        fetch_instances_ok=None if server.reachable is None or not server.enabled else code is None,
        key_accepted=server.key_accepted,
        version=server.version,
        latency_ms=server.latency_ms,
        latencies_ms=latencies,
        failures_in_row=server.failures_in_row,
        unreachable_since=silent.since,
        last_event_at=silent.last_event_at,
        checked_at=server.last_checked_at,
        code=code,
        cause=cause,
        title=title,
        detail=detail,
        action=CATALOGUE[code].action.value if code else None,
        side=CATALOGUE[code].side.value if code else None,
        reason=f"{title}: {detail}" if code else None,
    )


def _instance(one: Health, now: datetime, language: str) -> InstanceHealth:
    known, reason = one.known, one.reason
    title, detail = _words(reason, language)
    heard = known.last_webhook_event_at
    return InstanceHealth(
        instance_id=known.instance_id,
        instance_name=known.instance_name,
        server_id=known.server_id,
        webhook_find_ok=known.webhook_find_ok,
        webhook_state=known.webhook_state,
        webhook_proven=known.webhook_proven,
        webhook_policy=known.webhook_policy,
        webhook_checked_at=known.webhook_looked_at,
        last_webhook_event_at=heard,
        last_event_age_s=None if heard is None else max(round((now - heard).total_seconds()), 0),
        last_qr_event_at=known.last_qr_event_at,
        qr_readiness=one.qr.value,
        status=known.status,
        stale=one.view.stale,
        view=one.view.label,
        code=reason.code.value if reason else None,
        action=CATALOGUE[reason.code].action.value if reason else None,
        side=CATALOGUE[reason.code].side.value if reason else None,
        reason=title,
        detail=detail,
    )


def _first_reason(servers: Sequence[ServerHealth], judged: Sequence[Health], language: str) -> str | None:
    """What to begin with: a server that fails hides what is wrong with its numbers."""
    failing = [one for one in servers if one.enabled and one.reason]
    if failing:
        first = min(failing, key=lambda one: (one.evolution_reachable is not False, one.name))
        return f"{first.name}: {first.reason}"
    most = worst(judged)
    return f"{most.known.instance_name}: {_words(most.reason, language)[0]}" if most else None


def _words(reason: Reason | None, language: str) -> tuple[str, str] | tuple[None, None]:
    return title_and_detail(reason.code, reason.params, language) if reason else (None, None)
