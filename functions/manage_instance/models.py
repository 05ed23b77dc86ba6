"""The admin API's bodies, as docs/openapi.json publishes them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[\x21-\x7e]+$")]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Asked(BaseModel):
    """A request's body: a field nobody knows is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class Me(BaseModel):
    """Who is logged in."""

    username: str
    roles: list[str]


class ClientAsked(Asked):
    """A client to create or rename."""

    name: Name


class ClientShown(BaseModel):
    """A customer who owns instances."""

    id: UUID
    name: str
    instance_count: int
    created_at: datetime
    updated_at: datetime


class ClientPage(BaseModel):
    """Some of the clients."""

    items: list[ClientShown]
    next_cursor: str | None


class ServerAsked(Asked):
    """A gateway server to add."""

    name: Name
    kind: Literal["evolution", "webjs"]
    base_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    api_key: Secret
    webhook_secret: Secret | None = None
    announced_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    enabled: bool = True


class ServerEdited(Asked):
    """What to change of a server; what is absent stays."""

    name: Name | None = None
    base_url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] | None = None
    api_key: Secret | None = None
    webhook_secret: Secret | None = None
    retire_previous_secret: bool = False
    announced_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = None
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    enabled: bool | None = None


class Warned(BaseModel):
    """Something about a server that will hurt later; `code` is from the catalogue where it has one."""

    code: str
    title: str
    detail: str


class ServerShown(BaseModel):
    """A server without its secrets. `setup` is what to put into the gateway's own configuration."""

    id: UUID
    name: str
    kind: str
    base_url: str
    announced_url: str
    capacity: int | None
    enabled: bool
    version: str | None
    reachable: bool | None
    unreachable_cause: str | None
    key_accepted: bool | None
    last_checked_at: datetime | None
    last_error: "ErrorShown | None"
    latency_ms: int | None
    instance_count: int
    has_webhook_secret: bool
    warnings: list[Warned]
    setup: dict[str, str]
    created_at: datetime
    updated_at: datetime


class RefusedWebhooks(BaseModel):
    """Webhooks of the last day that nobody proved to have sent. `said_url`: what the sender called itself, in the
    spelling of registered addresses, empty where that is none; `server_id`: the server it may be, wrong secret or not.
    """

    cause: str
    said_url: str
    server_id: UUID | None
    count: int
    last_at: datetime


class ServerPage(BaseModel):
    """Some of the servers; `refused_webhooks` is of all of them, the latest first, at most twenty."""

    items: list[ServerShown]
    next_cursor: str | None
    refused_webhooks: list[RefusedWebhooks]


class ServerChecked(BaseModel):
    """What a look at a server just found. `can_reach_us` is None where nothing tells."""

    reachable: bool
    cause: str | None
    key_accepted: bool | None
    version: str | None
    latency_ms: int | None
    warnings: list[Warned]
    can_reach_us: bool | None
    last_error: "ErrorShown | None"
    checked_at: datetime


class InstanceOnServer(BaseModel):
    """One row of a server's own list. `state` is what the server says, in our words."""

    instance_name: str
    state: Literal["connected", "connecting", "disconnected", "unknown"]
    phone_number: str | None
    profile_name: str | None
    managed: bool
    instance_id: UUID | None
    adoptable: bool


class InstancesOnServer(BaseModel):
    """What a server itself lists."""

    items: list[InstanceOnServer]
    next_cursor: str | None = None


class ErrorShown(BaseModel):
    """A catalogue entry in the reader's language."""

    code: str
    title: str
    detail: str
    action: str
    side: str


class ViewShown(BaseModel):
    """What people see of a status; never stored."""

    label: str
    reconnecting: bool
    stuck: bool
    stale: bool


class WebhookShown(BaseModel):
    """Where the gateway sends this instance's events. `proven`: one came here, or a probe's that took the same way.

    `policy`: whether it shall be ours, be left as it is, or be the server's global one; `previous_host`: what stood
    there before ours and can be put back.
    """

    state: str
    proven: bool
    url_host: str | None
    policy: str = "ours"
    previous_host: str | None = None


class OpenOperation(BaseModel):
    """The action that is running."""

    id: UUID
    action: str


class InstanceShown(BaseModel):
    """One number's session on a server. `last_read_at`: when its server last said how it is."""

    id: UUID
    client_id: UUID
    instance_name: str
    label: str | None
    server_id: UUID | None
    assigned_instance_url: str | None
    status: str
    view: ViewShown
    desired: str
    status_since: datetime
    last_read_at: datetime | None
    last_error: ErrorShown | None
    phone_number: str | None
    expected_number: str | None
    profile_name: str | None
    qr_ready: bool
    qr_received_at: datetime | None
    last_webhook_event_at: datetime | None
    last_qr_event_at: datetime | None
    last_send_ok_at: datetime | None
    last_send_error: str | None
    webhook: WebhookShown
    open_operation: OpenOperation | None
    created_at: datetime
    updated_at: datetime


class InstancePage(BaseModel):
    """Some of the instances."""

    items: list[InstanceShown]
    next_cursor: str | None


class TransitionShown(BaseModel):
    """A change of status."""

    old_status: str
    new_status: str
    reason: str
    source: str
    server_id: UUID | None
    event_time: datetime
    operation_id: UUID | None


class ChildShown(BaseModel):
    """One instance's part of an operation on many. `operation_id` is None while it has not begun."""

    instance_id: UUID | None
    instance_name: str
    server_id: UUID | None
    operation_id: UUID | None
    state: Literal["waiting", "running", "succeeded", "failed", "unknown", "cancelled"]
    error: "ErrorShown | None"


class OperationShown(BaseModel):
    """An action on one instance or on many; `done` of `total` are finished, failed ones too.

    `failed` and `unknown` are the names of those of which it did not work, and of which nobody can tell.
    """

    id: UUID
    action: str
    state: str
    instance_name: str
    actor: str
    done: int
    total: int
    failed: list[str]
    unknown: list[str] = []
    cancelled: int = 0
    children: list[ChildShown]
    error: ErrorShown | None
    created_at: datetime
    ended_at: datetime | None


class Truth(BaseModel):
    """What each source says of an instance: the registry, the last webhook, the last read."""

    registry: str
    observed_at: datetime | None
    last_read_at: datetime | None
    last_webhook_event_at: datetime | None
    webhook_state: str
    server_reachable: bool | None


class EventShown(BaseModel):
    """An event the gateway sent; `outcome` is what it came to here, such as `applied`, `late` or `older`."""

    event: str
    outcome: str
    received_at: datetime


class MoveShown(BaseModel):
    """The session was found on another server, and followed. The servers by their names, or by their address where they
    are gone; `found_by`: webhook, send, reconcile or check."""

    old_server: str | None
    new_server: str | None
    found_by: str
    moved_at: datetime


class InstanceDetail(InstanceShown):
    """One instance with its history, each list newest first and at most 50 long."""

    truth: Truth
    transitions: list[TransitionShown]
    events: list[EventShown]
    operations: list[OperationShown]
    moves: list[MoveShown]


class InstanceAsked(Asked):
    """An instance to create. Without `server_id` the emptiest reachable server below its capacity takes it."""

    client_id: UUID
    instance_name: Annotated[str, StringConstraints(max_length=200)]
    server_id: UUID | None = None
    number: Phone | None = None
    label: Name | None = None


class InstanceEdited(Asked):
    """What to change of an instance; what is absent stays."""

    client_id: UUID | None = None
    label: Name | None = None
    desired: Literal["online", "parked"] | None = None
    expected_number: Phone | None = None


class QrShown(BaseModel):
    """A pairing offer; `expires_at` is an estimate, since gateways do not tell."""

    code: str | None
    image: str | None
    pairing_code: str | None
    count: int | None
    received_at: datetime
    expires_at: datetime


class QrAnswer(BaseModel):
    """The stored pairing offer, or why there is none."""

    qr: QrShown | None
    reason: Literal["qr_not_ready", "qr_expired", "qr_limit_reached", "connected"] | None


class InstanceCreated(InstanceShown):
    """A new instance, with its first QR where one came in time."""

    qr: QrShown | None


class ConnectAsked(Asked):
    """Connect; with a number, a pairing code is asked for beside the QR."""

    number: Phone | None = None


class Connected(BaseModel):
    """What connecting brought. `reason` says why there is no QR; `ok` is false where the server said yes and nothing
    of it was seen, which `detail` explains."""

    status: str
    qr: QrShown | None
    already_connected: bool
    reason: Literal["qr_not_ready", "qr_expired", "qr_limit_reached", "connected"] | None
    phone_number: str | None
    operation_id: UUID
    ok: bool = True
    detail: ErrorShown | None = None


class SetWebhookAsked(Asked):
    """At most one of: `take_over` what points to somebody else's system, `restore_previous` to put back what stood
    there before, `leave` it and watch by reading, `use_global` to hear of it by the server's global webhook.

    `test`: let a connected number send a message to itself, whose event proves the webhook. Where nothing else tells,
    a server of 2.3 and later is asked for a probe instance, which is gone a moment later.
    """

    take_over: bool = False
    restore_previous: bool = False
    leave: bool = False
    use_global: bool = False
    test: bool = True


class SyncAsked(Asked):
    """Which instances to take into a client: those named, else all; on one server, else on all enabled ones."""

    client_id: UUID
    server_id: UUID | None = None
    instance_names: Annotated[list[Annotated[str, StringConstraints(max_length=255)]], Field(max_length=500)] | None = (
        None
    )
    take_over_webhooks: bool = False


class SyncedOne(BaseModel):
    """What became of one instance. Without a name: of a whole server that did not answer."""

    instance_name: str | None
    server_id: UUID
    instance_id: UUID | None
    error: ErrorShown | None


class Synced(BaseModel):
    """What became of each instance. `skipped` cannot be taken in as they are; `failed` may be tried again."""

    synced: list[SyncedOne]
    existing: list[SyncedOne]
    skipped: list[SyncedOne]
    failed: list[SyncedOne]


class ActionResult(BaseModel):
    """An action and what the read-back saw. `qr` where it brought one; `setup`: what to put into the gateway's own
    configuration, secrets and all."""

    operation_id: UUID
    action: str
    ok: bool
    status: str | None
    verified: str
    instance: InstanceShown | None
    detail: ErrorShown | None = None
    qr: QrShown | None = None
    setup: dict[str, str] | None = None


class Accepted(BaseModel):
    """An action that goes on; ask for the operation."""

    operation_id: UUID


class LogLine(BaseModel):
    """One line of the operational log."""

    id: int
    created_at: datetime
    instance_name: str
    instance_id: UUID | None
    server_id: UUID | None
    operation_id: UUID | None
    action: str
    status: str
    error_code: str | None
    latency_ms: int | None
    actor: str
    correlation_id: str
    detail: dict[str, object]


class LogPage(BaseModel):
    """Some lines of the log, newest first."""

    items: list[LogLine]
    next_cursor: str | None
