"""Stored rows as the API shows them; the words people read are chosen here and nowhere else."""

from collections.abc import Sequence
from datetime import datetime

from manage_instance.models import (
    ErrorShown,
    EventShown,
    InstanceDetail,
    InstanceShown,
    MoveShown,
    OpenOperation,
    OperationShown,
    QrAnswer,
    QrShown,
    TransitionShown,
    Truth,
    ViewShown,
    WebhookShown,
)
from sambung.domain import qr as pairing
from sambung.domain.errors import Code
from sambung.domain.instance import Desired, Snapshot, Status
from sambung.domain.status import view
from sambung.edge import problem
from sambung.store.instances import Instance
from sambung.store.operations import Operation


def error_shown(code: str | None, evidence: dict[str, object], language: str) -> ErrorShown | None:
    """A stored error in the reader's language."""
    shown = problem.last_error(code, evidence, language)
    return None if shown is None else ErrorShown.model_validate(shown)


def instance_shown(row: Instance, *, now: datetime, language: str) -> InstanceShown:
    """One instance as the lists show it."""
    seen = view(
        _snapshot(row),
        reachable=row.server_reachable,
        last_read_at=row.last_read_at,
        desired=Desired(row.desired),
        now=now,
    )
    return InstanceShown(
        **{name: getattr(row, name) for name in _SAME},
        view=ViewShown(label=seen.label, reconnecting=seen.reconnecting, stuck=seen.stuck, stale=seen.stale),
        last_error=error_shown(row.error_code, row.error_evidence, language),
        qr_received_at=row.qr_at,
        webhook=WebhookShown(
            state=row.webhook_state,
            proven=row.webhook_proven,
            url_host=row.webhook_url_host,
            policy=row.webhook_policy,
            previous_host=row.previous_webhook_host,
        ),
        open_operation=None
        if row.open_operation_id is None
        else OpenOperation(id=row.open_operation_id, action=row.open_operation_action or ""),
    )


def instance_detail(
    row: Instance,
    transitions: Sequence[dict[str, object]],
    events: Sequence[dict[str, object]],
    operations: Sequence[Operation],
    moves: Sequence[dict[str, object]],
    *,
    now: datetime,
    language: str,
) -> InstanceDetail:
    """One instance with its history."""
    return InstanceDetail(
        **instance_shown(row, now=now, language=language).model_dump(),
        truth=Truth(
            registry=row.status,
            observed_at=row.observed_at,
            last_read_at=row.last_read_at,
            last_webhook_event_at=row.last_webhook_event_at,
            webhook_state=row.webhook_state,
            server_reachable=row.server_reachable,
        ),
        transitions=[TransitionShown.model_validate(t) for t in transitions],
        events=[EventShown.model_validate(event) for event in events],
        operations=[operation_shown(o, language=language) for o in operations],
        moves=[MoveShown.model_validate(one) for one in moves],
    )


def operation_shown(row: Operation, *, language: str) -> OperationShown:
    """One operation."""
    over = row.ended_at is not None
    return OperationShown(
        id=row.id,
        action=row.action,
        state=row.state,
        instance_name=row.instance_name,
        actor=row.actor,
        done=int(over),
        total=1,
        failed=[row.instance_name] if row.state in {"failed", "needs_operator"} else [],
        children=[],
        error=error_shown(row.error_code, {}, language),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def qr_answer(snapshot: Snapshot, now: datetime) -> QrAnswer:
    """The stored pairing offer as far as it can still be scanned, else why not."""
    offered = pairing.offer(snapshot, now)
    if offered.qr is None or offered.received_at is None or offered.expires_at is None:
        return QrAnswer.model_validate({"qr": None, "reason": offered.reason})
    found = offered.qr
    shown = QrShown(
        code=found.code,
        image=found.image,
        pairing_code=found.pairing_code,
        count=found.count,
        received_at=offered.received_at,
        expires_at=offered.expires_at,
    )
    return QrAnswer(qr=shown, reason=None)


def _snapshot(row: Instance) -> Snapshot:
    """As much of the snapshot as a view needs."""
    return Snapshot(
        status=Status(row.status),
        status_since=row.status_since,
        server_id=row.server_id,
        connecting_since=row.connecting_since,
        qr_at=row.qr_at,
        opened_since_pairing=row.opened_since_pairing,
        error=Code(row.error_code) if row.error_code else None,
    )


_SAME = (
    "id", "client_id", "instance_name", "label", "server_id", "assigned_instance_url", "status", "desired",
    "status_since", "last_read_at", "phone_number", "expected_number", "profile_name", "qr_ready",
    "last_webhook_event_at", "last_qr_event_at", "last_send_ok_at", "last_send_error", "created_at", "updated_at",
)  # fmt: skip
