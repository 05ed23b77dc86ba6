/** The shapes of the API as the page reads them, so that a renamed field fails the type check. */

export type Status = "disconnected" | "connecting" | "connected" | "error";
export type ViewLabel =
  | "connected" | "connecting" | "waiting_qr" | "reconnecting" | "disconnected" | "error" | "stale" | "parked";
export type WebhookState = "ok" | "missing" | "elsewhere" | "incomplete" | "disabled" | "unknown";
export type Role = "viewer" | "operator" | "admin";
export type Tone = "good" | "wait" | "warn" | "bad" | "mute";
export type Action =
  | "check_server" | "wait" | "set_webhook" | "open_wizard" | "connect" | "contact_owner" | "recreate" | "sync"
  | "view_diagnosis" | "none";
export type Side = "server" | "number" | "webhook" | "upstream" | "us";

export interface Fault {
  code: string;
  title: string;
  detail: string;
  action: Action;
  side: Side;
}

export interface Problem extends Fault {
  /** HTTP status; 0 when no answer came. */
  status: number;
  correlationId: string | null;
  /** Messages by field of the form. */
  fields: Record<string, string>;
}

export interface Instance {
  id: string;
  client_id: string;
  instance_name: string;
  label: string | null;
  server_id: string | null;
  assigned_instance_url: string | null;
  status: Status;
  view: { label: ViewLabel; reconnecting: boolean; stuck: boolean; stale: boolean };
  desired: "online" | "parked";
  status_since: string;
  /** When its server last said how it is. */
  last_read_at: string | null;
  last_error: Fault | null;
  phone_number: string | null;
  expected_number: string | null;
  profile_name: string | null;
  qr_ready: boolean;
  qr_received_at: string | null;
  last_webhook_event_at: string | null;
  last_qr_event_at: string | null;
  last_send_ok_at: string | null;
  last_send_error: string | null;
  webhook: WebhookShown;
  open_operation: { id: string; action: string } | null;
  created_at: string;
  updated_at: string;
}

export interface WebhookShown {
  state: WebhookState;
  proven: boolean;
  url_host: string | null;
  policy: "ours" | "leave" | "global";
  previous_host: string | null;
}

export interface Client {
  id: string;
  name: string;
}

export interface Server {
  id: string;
  name: string;
  kind: "evolution" | "webjs";
  base_url: string;
  announced_url: string;
  capacity: number | null;
  enabled: boolean;
  version: string | null;
  reachable: boolean | null;
  last_checked_at: string | null;
  last_error: Fault | null;
  latency_ms: number | null;
  instance_count: number;
  warnings: Warning[];
  setup: Record<string, string>;
}

export interface Warning {
  code: string;
  title: string;
  detail: string;
}

export interface ListedInstance {
  instance_name: string;
  state: "connected" | "connecting" | "disconnected" | "unknown";
  phone_number: string | null;
  profile_name: string | null;
  managed: boolean;
}

export interface Qr {
  code: string | null;
  image: string | null;
  pairing_code: string | null;
  count: number | null;
  received_at: string | null;
  expires_at: string | null;
}

export type QrReason = null | "qr_not_ready" | "qr_expired" | "qr_limit_reached" | "connected";

export interface StoredQr {
  qr: Qr | null;
  reason: QrReason;
}

export interface ConnectAnswer {
  status: Status;
  qr: Qr | null;
  already_connected: boolean;
  reason: QrReason;
}

export interface ActionResult {
  operation_id: string;
  ok: boolean;
  verified: string;
  instance: Instance | null;
  detail: Fault | null;
  qr?: Qr | null;
  /** Of an action that took longer: why it failed. */
  error?: Fault | null;
  /** What to put into the gateway's own settings, secrets and all. */
  setup?: Record<string, string> | null;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** One instance's part of an operation on many. */
export interface Child {
  instance_id: string | null;
  instance_name: string;
  server_id: string | null;
  state: "waiting" | "running" | "succeeded" | "failed" | "unknown" | "cancelled";
  error: Fault | null;
}

export interface Operation {
  id: string;
  action: string;
  state: string;
  instance_name: string;
  actor: string;
  done: number;
  total: number;
  failed: string[];
  unknown: string[];
  cancelled: number;
  children: Child[];
  error: Fault | null;
  created_at: string;
  ended_at: string | null;
}

export interface DeletePreview {
  count: number;
  instances: {
    id: string;
    instance_name: string;
    label: string | null;
    phone_number: string | null;
    server_name: string | null;
    webhook_host: string | null;
  }[];
  confirm_token: string;
  expires_at: string;
}

export interface SyncedOne {
  instance_name: string | null;
  server_id: string;
  instance_id: string | null;
  error: Fault | null;
}

export interface Synced {
  synced: SyncedOne[];
  existing: SyncedOne[];
  skipped: SyncedOne[];
  failed: SyncedOne[];
}

/** One line of the operational log. */
export interface LogLine {
  id: number;
  created_at: string;
  instance_name: string;
  instance_id: string | null;
  server_id: string | null;
  operation_id: string | null;
  action: string;
  status: "ok" | "failed" | "unknown";
  error_code: string | null;
  latency_ms: number | null;
  actor: string;
  correlation_id: string;
  detail: Record<string, unknown>;
}

/** Words of the page by key, with what fills their holes. */
export interface Said {
  key: string;
  params?: Record<string, string | number>;
}

/** `reason` is for people; `code` and `cause` are null where all is well. */
export interface ServerHealth {
  server_id: string;
  name: string;
  enabled: boolean;
  evolution_reachable: boolean | null;
  fetch_instances_ok: boolean | null;
  version: string | null;
  latency_ms: number | null;
  /** Of the last hour, oldest first; null where it did not answer. */
  latencies_ms: (number | null)[];
  failures_in_row: number;
  unreachable_since: string | null;
  checked_at: string | null;
  code: string | null;
  cause: string | null;
  title: string | null;
  detail: string | null;
  action: Action | null;
  side: Side | null;
  reason: string | null;
}

export interface InstanceHealth {
  instance_id: string;
  instance_name: string;
  server_id: string | null;
  webhook_state: WebhookState;
  webhook_proven: boolean;
  webhook_policy: WebhookShown["policy"];
  last_webhook_event_at: string | null;
  last_qr_event_at: string | null;
  qr_readiness: "ready" | "qr_not_ready" | "qr_expired" | "qr_limit_reached" | "stuck_connecting" | "connected" | "none";
  status: Status;
  stale: boolean;
  view: ViewLabel;
  code: string | null;
  action: Action | null;
  side: Side | null;
  reason: string | null;
  detail: string | null;
}

export interface HealthCheck {
  checked_at: string | null;
  reason: string | null;
  servers: ServerHealth[];
  instances: InstanceHealth[];
  summary: Record<Status | "stale" | "servers_down", number>;
}

export interface Transition {
  old_status: Status;
  new_status: Status;
  reason: string;
  source: "webhook" | "read" | "action";
  server_id: string | null;
  event_time: string;
  operation_id: string | null;
}

/** What a gateway told, and what it came to here. */
export interface GatewayEvent {
  event: string;
  outcome: string;
  received_at: string;
}

/** One number with its history, newest first. */
export interface InstanceDetail extends Instance {
  transitions: Transition[];
  events: GatewayEvent[];
  operations: Operation[];
  moves: Move[];
}

/** The session was found on another server and followed there. */
export interface Move {
  old_server: string | null;
  new_server: string | null;
  found_by: "webhook" | "send" | "reconcile" | "check";
  moved_at: string;
}

export interface Finding extends Fault {
  severity: "critical" | "warning" | "info";
  evidence: Record<string, unknown>;
}

export interface Diagnosis {
  findings: Finding[];
  reason: string | null;
  facts: Record<string, { value: unknown; at: string | null; age_s: number | null }>;
  disagreements: { name: string; says: Record<string, string> }[];
  checked_at: string;
}

export type StepName = "check" | "webhook" | "restart" | "qr";

/** How a step of the wizard ended; `next_step` is a step, `scan`, `done`, or an action. */
export interface StepTaken {
  step: StepName;
  ok: boolean;
  outcome: "ok" | "failed" | "skipped" | "waiting";
  code: string | null;
  title: string;
  detail: string;
  evidence: Record<string, unknown>;
  next_step: string;
  duration_ms: number;
}

export interface MessageSent {
  message_id: string;
  server_id: string;
  verified: boolean;
  moved: boolean;
}

/** `shares` by status, together 1; `uptime`: the connected part of what is known. */
export interface Uptime {
  window: string;
  items: { instance_id: string; shares: Record<string, number>; uptime: number | null }[];
}

/** Runs of equal cells, oldest first: how many, and in which state. */
export type Runs = [cells: number, status: Status | "unknown"][];

export interface Strips {
  cells: number;
  step_s: number;
  items: { instance_id: string; runs: Runs }[];
}

/** How many webhook events came in each step, oldest first; the last may not be over. */
export interface Events {
  step_s: number;
  end: string;
  counts: number[];
  total: number;
}

/** One episode of something being wrong; `rule` says what. */
export interface Alert {
  id: string;
  rule: string;
  subject: string;
  severity: "warning" | "critical";
  state: "open" | "acknowledged" | "resolved";
  title: string;
  detail: string;
  action: Action | null;
  side: Side | null;
  server_id: string | null;
  instance_id: string | null;
  instance_count: number | null;
  opened_at: string;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  resolved_at: string | null;
  told_at: string | null;
}

export interface Channel {
  id: string;
  name: string;
  scheme: string;
  target: string;
  enabled: boolean;
  language: string;
  least_severity: string;
  last_sent_at: string | null;
  last_failed_at: string | null;
  last_failure: string | null;
  last_failure_reason: string | null;
}

/** A channel to keep; without a URL it stays what it is. */
export interface ChannelWanted {
  id?: string;
  name: string;
  url?: string;
  enabled: boolean;
  language: string;
  least_severity: string;
}

export interface SyncMetrics {
  window: string;
  sync_events: number;
  auto_syncs: number;
  verification_failures: number;
  conflicts: number;
  not_found: number;
  success: { ok: number; of: number; needed: number; rate: number | null; target: number };
}
