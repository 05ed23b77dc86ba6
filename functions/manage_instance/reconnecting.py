"""Route of the reconnect wizard: one step at a time, each told with its reason, its evidence and what comes next."""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel, Field

from manage_instance.actions import Actions, Done, WebhookWish
from manage_instance.asking import asking
from manage_instance.connecting import qr_hash
from manage_instance.journal import Unfinished, Who
from manage_instance.models import Asked
from manage_instance.presenting import qr_answer
from manage_instance.proving import Proof
from sambung.domain import reconnect
from sambung.domain.diagnosis.diagnose import diagnose
from sambung.domain.diagnosis.facts import Facts
from sambung.domain.diagnosis.finding import Finding
from sambung.domain.errors import Code, RequestError, SambungError, StoreUnavailable
from sambung.domain.reconnect import Outcome, Restart, Step, Verdict, Word
from sambung.edge.facts import gather
from sambung.edge.texts import title_and_detail, wizard_text
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import quirks
from sambung.gateways.shape import Memory
from sambung.store import instances, servers, snapshots

LOOK_WITHIN_S = 6.0


class StepAsked(Asked):
    """Which step to take: they are meant in this order."""

    step: Literal["check", "webhook", "restart", "qr"]


class StepTaken(BaseModel):
    """How a step ended. `ok` is false only where it failed; `next_step` is a step, `scan`, `done`, or an action."""

    step: Literal["check", "webhook", "restart", "qr"]
    ok: bool
    outcome: Literal["ok", "failed", "skipped", "waiting"]
    code: str | None
    title: str
    detail: str
    evidence: dict[str, object]
    next_step: str
    duration_ms: Annotated[int, Field(ge=0)]


class Reconnecting:
    """The wizard's steps."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app
        self._actions = Actions(parts)

    def register(self) -> None:
        """Put the route on the resolver."""
        path = "/api/instances/<instance_id>/reconnect"
        self._app.post(path, summary="One step of the reconnect wizard", tags=["instances"])(self.reconnect)

    def reconnect(self, instance_id: UUID, asked: StepAsked) -> StepTaken:
        started, step = time.monotonic(), Step(asked.step)
        self._known(instance_id)
        verdict = self._take(step, instance_id, asking(self._app).who)
        asking(self._app).facts.update(step=step.value, outcome=verdict.outcome.value, instance_id=str(instance_id))
        return self._shown(step, verdict, round((time.monotonic() - started) * 1000))

    def _take(self, step: Step, instance_id: UUID, who: Who) -> Verdict:
        steps: Mapping[Step, Callable[[UUID, Who], Verdict]] = {
            Step.CHECK: self._check,
            Step.WEBHOOK: self._webhook,
            Step.RESTART: self._restart,
            Step.QR: self._qr,
        }
        try:
            return steps[step](instance_id, who)
        except Unfinished as unfinished:
            evidence = {"operation_id": str(unfinished.operation_id)}
            return Verdict(Outcome.WAITING, step, word=Word.GOES_ON, evidence=evidence)
        except StoreUnavailable:
            raise
        except SambungError as error:
            if error.code is Code.NOT_FOUND:
                raise
            return reconnect.failed(error.code, error.params, error.evidence)

    def _look(self, instance_id: UUID) -> tuple[Facts, tuple[Finding, ...]]:
        facts = gather(self._parts, instance_id, seconds=LOOK_WITHIN_S)
        return facts, diagnose(facts)

    def _check(self, instance_id: UUID, _: Who) -> Verdict:
        return reconnect.check(*self._look(instance_id))

    def _webhook(self, instance_id: UUID, who: Who) -> Verdict:
        row = self._known(instance_id)
        policy = row.webhook_policy
        if not self._has_own_webhook(row):
            return reconnect.webhook_of_server(proven=row.webhook_proven)
        if policy != "ours":
            return reconnect.webhook_left(policy)
        try:
            done = self._actions.set_webhook(instance_id, who, WebhookWish())
        except StoreUnavailable:
            raise
        except SambungError as error:
            return reconnect.webhook_failed(error.code, error.params, error.evidence)
        return _doubted(done) or reconnect.webhook_set(proven=done.verified == Proof.PROVEN)

    def _has_own_webhook(self, row: instances.Instance) -> bool:
        with self._parts.database.transaction() as connection:
            server = servers.server(connection, row.server_id) if row.server_id else None
        return server is None or quirks(server.kind, server.version).sets_webhooks

    def _restart(self, instance_id: UUID, who: Who) -> Verdict:
        facts, findings = self._look(instance_id)
        stop = reconnect.stopped(findings)
        if stop is not None:
            return stop
        what = reconnect.restart(facts)
        if what is Restart.SKIP:
            return reconnect.restart_skipped(facts, findings)
        if what is Restart.WAIT:
            return reconnect.connected(Step.RESTART, qr=False, is_open=False, reason=None, redials=True)
        if what is Restart.RESTART:
            ended = self._restarted(instance_id, who)
            if ended is not None:
                return ended
        if what is Restart.RELOGIN:
            # One that does not close for us may still bring a new code.
            self._actions.logout(instance_id, who)
        return self._connected(Step.RESTART, instance_id, who)

    def _restarted(self, instance_id: UUID, who: Who) -> Verdict | None:
        """How the restart of an open session ended; None where it is closed now, and has to be connected."""
        try:
            done = self._actions.restart(instance_id, who)
        except StoreUnavailable:
            raise
        except SambungError as error:
            return reconnect.restart_failed(error.code, error.params, error.evidence)
        if done.verified == Memory.CLOSE:
            return None
        is_open = done.verified == Memory.OPEN
        return _doubted(done) or reconnect.connected(
            Step.RESTART, qr=False, is_open=is_open, reason=None, redials=not is_open
        )

    def _qr(self, instance_id: UUID, who: Who) -> Verdict:
        """Fetch it, but never for a session that comes back by itself: connecting it would cost its pairing."""
        facts, findings = self._look(instance_id)
        stop = reconnect.stopped(findings)
        if stop is not None:
            return stop
        if reconnect.redialling(facts):
            return reconnect.connected(Step.QR, qr=False, is_open=False, reason=None, redials=True)
        return self._connected(Step.QR, instance_id, who)

    def _connected(self, step: Step, instance_id: UUID, who: Who) -> Verdict:
        done = self._actions.connect(instance_id, who, None)
        found = done.connection
        if found is None:
            return _doubted(done) or reconnect.failed(Code.ACTION_NOT_CONFIRMED, {}, {})
        with self._parts.database.transaction() as connection:
            kept = snapshots.read(connection, instance_id)
            dead = instances.dead_qr(connection, instance_id)
        if kept is None:
            raise RequestError(Code.NOT_FOUND)
        # A webhook may have brought the code that the server did not answer with.
        offer = found.qr
        if offer is None and qr_answer(kept.snapshot, self._parts.now()).qr is not None:
            offer = kept.snapshot.qr
        has_qr = offer is not None and qr_hash(offer) != dead
        return reconnect.connected(step, qr=has_qr, is_open=found.open, reason=found.reason, redials=False)

    def _known(self, instance_id: UUID) -> instances.Instance:
        with self._parts.database.transaction() as connection:
            row = instances.instance(connection, instance_id)
        if row is None:
            raise RequestError(Code.NOT_FOUND)
        return row

    def _shown(self, step: Step, verdict: Verdict, duration_ms: int) -> StepTaken:
        language = asking(self._app).language
        if verdict.code is not None:
            title, detail = title_and_detail(verdict.code, verdict.params, language)
        else:
            title, detail = wizard_text(verdict.word or Word.GOES_ON, language)
        return StepTaken.model_validate(
            {
                "step": step.value,
                "ok": verdict.outcome is not Outcome.FAILED,
                "outcome": verdict.outcome.value,
                "code": verdict.code and verdict.code.value,
                "title": title,
                "detail": detail,
                "evidence": dict(verdict.evidence),
                "next_step": str(verdict.next_step),
                "duration_ms": duration_ms,
            }
        )


def _doubted(done: Done) -> Verdict | None:
    """The gateway said yes, and that was not seen."""
    if done.doubt is None:
        return None
    return reconnect.failed(done.doubt.code, done.doubt.params, {**done.doubt.evidence, "seen": done.verified})
