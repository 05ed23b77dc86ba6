"""P13: alerts fire at the boundary and resolve once per episode, told from real tables on a simulated clock."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from health_check.alerting import deliver, evaluate
from sambung.edge.wiring import Parts
from sambung.store import alerts, assignments
from sambung.store.connection import Connection
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock, Post

CHANNEL = {"name": "Telegram", "url": "json://alerts.example/hook", "language": "en"}


@dataclass
class Watch:
    """Evaluates every minute of the simulated clock, and reads what is known then."""

    parts: Parts
    plain: Connection
    clock: Clock
    post: Post
    api: Api

    def pass_(self, minutes: int = 1) -> list[str]:
        """The titles of the messages that were sent meanwhile. Numbers are read as if sweeps went on."""
        for _ in range(minutes):
            self.clock.pass_(minutes=1)
            self.plain.execute(
                "UPDATE wa_sessions w SET last_read_at = %s FROM servers s "
                "WHERE s.id = w.server_id AND s.unreachable_since IS NULL",
                [self.clock.now],
            )
            self.plain.execute("UPDATE server_sweeps SET completed_at = %s", [self.clock.now])
            evaluate(self.parts, {})
            deliver(self.parts, self.post, seconds=30)
        return self.post.take()

    def active(self) -> list[str]:
        return sorted(one["rule"] for one in self.api.get("/api/alerts?state=active").json["items"])


@pytest.fixture
def vps(plain: Connection, add_server: AddServer) -> UUID:
    server_id = add_server("vps-1", "http://127.0.0.1:1")
    plain.execute(
        "INSERT INTO server_sweeps (server_id, holder, held_until, completed_at) VALUES (%s, %s, now(), now())",
        [server_id, uuid4()],
    )
    return server_id


@pytest.fixture
def watch(parts: Parts, plain: Connection, clock: Clock, post: Post, api: Api, vps: UUID) -> Watch:
    assert api("PUT", "/api/alert-channels", {"items": [CHANNEL]}).status == 200
    return Watch(parts, plain, clock, post, api)


def searched(watch: Watch, count: int, outcome: str, **ago: float) -> None:
    watch.plain.execute(
        "INSERT INTO sync_events (session_id, instance_name, found_by, outcome, correlation_id, created_at) "
        "SELECT %s, 'toko', 'send', %s, 'c', %s FROM generate_series(1, %s)",
        [uuid4(), outcome, watch.clock.now - timedelta(**ago), count],
    )


def closed(watch: Watch, instance_id: UUID) -> None:
    """It lost its connection now."""
    watch.plain.execute(
        "INSERT INTO status_transitions (session_id, old_status, new_status, reason, source, event_time) "
        "VALUES (%s, 'connected', 'disconnected', 'close', 'webhook', %s)",
        [instance_id, watch.clock.now],
    )
    watch.plain.execute("UPDATE wa_sessions SET status = 'disconnected' WHERE id = %s", [instance_id])


def test_five_sync_events_an_hour_are_none_and_six_a_warning_that_resolves_once(watch: Watch) -> None:
    searched(watch, 3, "moved", minutes=50)
    searched(watch, 2, "moved", minutes=1)
    assert watch.pass_() == []
    searched(watch, 1, "moved", minutes=0)
    assert watch.pass_() == ["[WARNING] 6 sessions changed servers within an hour"]
    assert watch.pass_(30) == ["[RESOLVED] 6 sessions changed servers within an hour"]
    assert watch.pass_(20) == []
    assert watch.plain.execute("SELECT count(*) AS n FROM alerts").fetchone() == {"n": 1}


def test_ten_failed_verifications_in_a_row_are_none_and_eleven_are_critical(
    watch: Watch, vps: UUID, add_instance: AddInstance
) -> None:
    toko = add_instance(vps, "toko", status="connected")

    def unverified(count: int) -> None:
        for _ in range(count):
            with watch.parts.database.transaction() as connection:
                assignments.unverified(connection, toko)

    unverified(10)
    assert watch.pass_() == []
    unverified(1)
    assert watch.pass_() == ["[CRITICAL] Session toko was not found on its server 11 times in a row"]
    (one,) = watch.api.get("/api/alerts").json["items"]
    assert (one["severity"], one["state"], one["instance_id"]) == ("critical", "open", str(toko))
    with watch.parts.database.transaction() as connection:
        assignments.verified(connection, toko)
    assert watch.pass_(10) == ["[RESOLVED] Session toko was not found on its server 11 times in a row"]


def test_the_success_rate_is_judged_from_fifty_searches_of_seven_days_on(watch: Watch) -> None:
    searched(watch, 48, "moved", days=2)
    searched(watch, 1, "not_found", days=2)
    searched(watch, 40, "not_found", days=8)
    assert watch.pass_() == []
    searched(watch, 1, "moved", days=1)
    assert watch.pass_() == ["[WARNING] Only 98.0 % of the searches for sessions succeeded (49 of 50)"]
    searched(watch, 50, "moved", days=3)
    assert watch.pass_(5) == ["[RESOLVED] Only 98.0 % of the searches for sessions succeeded (49 of 50)"]


def test_a_server_down_for_two_minutes_is_one_message_with_its_numbers_and_none_for_each(
    watch: Watch, vps: UUID, add_instance: AddInstance
) -> None:
    for n in range(4):
        closed(watch, add_instance(vps, f"toko-{n}", desired="parked" if n == 3 else "online"))
    watch.plain.execute("UPDATE servers SET unreachable_since = %s, unreachable_cause = 'refused'", [watch.clock.now])
    assert watch.pass_() == []
    assert watch.pass_() == ["[CRITICAL] Server vps-1 cannot be reached, numbers affected: 3"]
    (one,) = watch.api.get("/api/alerts").json["items"]
    assert (one["rule"], one["instance_count"], one["side"], one["action"]) == (
        "server_down", 3, "server", "check_server",
    )  # fmt: skip
    assert "docker ps" in one["detail"]
    assert watch.pass_(40) == []
    watch.plain.execute("UPDATE servers SET unreachable_since = NULL")
    told = watch.pass_(10)
    assert told[-1] == "[RESOLVED] Server vps-1 cannot be reached, numbers affected: 3"


def test_a_number_down_for_five_minutes_is_told_and_a_parked_one_or_one_never_connected_is_not(
    watch: Watch, vps: UUID, add_instance: AddInstance
) -> None:
    toko, parked = add_instance(vps, "toko"), add_instance(vps, "parked", desired="parked")
    add_instance(vps, "never-paired")
    closed(watch, toko)
    closed(watch, parked)
    assert watch.pass_(4) == []
    assert watch.pass_() == ["[CRITICAL] Number toko is down"]
    watch.plain.execute("UPDATE wa_sessions SET status = 'connected' WHERE id = %s", [toko])
    assert watch.pass_(5) == ["[RESOLVED] Number toko is down"]


def test_numbers_that_go_down_together_are_one_message(watch: Watch, vps: UUID, add_instance: AddInstance) -> None:
    for n in range(12):
        closed(watch, add_instance(vps, f"toko-{n:02}"))
    watch.pass_(4)
    watch.clock.pass_(minutes=1)
    evaluate(watch.parts, {})
    deliver(watch.parts, watch.post, seconds=30)
    (letter,) = watch.post.letters
    assert letter.title == "[CRITICAL] 12 alerts"
    assert letter.body.splitlines()[-2:] == ["[CRITICAL] Number toko-09 is down", "and 2 more"]


def test_a_number_that_its_servers_death_hides_keeps_its_alert_until_it_is_seen(
    watch: Watch, vps: UUID, add_instance: AddInstance
) -> None:
    toko = add_instance(vps, "toko")
    closed(watch, toko)
    watch.pass_(6)
    watch.plain.execute("UPDATE servers SET unreachable_since = %s", [watch.clock.now])
    watch.plain.execute("UPDATE wa_sessions SET status = 'connected' WHERE id = %s", [toko])
    assert watch.pass_(10) == ["[CRITICAL] Server vps-1 cannot be reached, numbers affected: 1"]
    assert watch.active() == ["instance_down", "server_down"]


def test_webhooks_that_do_not_tell_what_was_seen_are_silent(watch: Watch, vps: UUID, add_instance: AddInstance) -> None:
    toko = add_instance(vps, "toko", status="connected", webhook_state="ok", webhook_proven=True)
    watch.plain.execute(
        "INSERT INTO status_transitions (session_id, old_status, new_status, reason, source, event_time) "
        "VALUES (%s, 'connecting', 'connected', 'open', 'read', %s)",
        [toko, watch.clock.now],
    )
    assert watch.pass_() == []
    assert watch.pass_() == ["[WARNING] Server vps-1 sends no webhooks, numbers affected: 1 (toko)"]
    watch.plain.execute("UPDATE wa_sessions SET last_webhook_event_at = %s", [watch.clock.now])
    assert watch.pass_(5) == ["[RESOLVED] Server vps-1 sends no webhooks, numbers affected: 1 (toko)"]


def test_refused_webhooks_conflicts_namesakes_flapping_and_a_late_reconciler_are_told(
    watch: Watch, vps: UUID, add_server: AddServer, add_instance: AddInstance
) -> None:
    add_server("vps-2", "http://127.0.0.1:2")
    add_instance(vps, "flatters", status="connected", recent_opens=[watch.clock.now] * 3)
    two = add_instance(vps, "twice", status="connected", conflict_since=watch.clock.now)
    watch.plain.execute(
        "UPDATE wa_sessions SET conflict_places = (SELECT jsonb_agg(jsonb_build_object('server_id', id, "
        "'instance_name', 'twice')) FROM servers) WHERE id = %s",
        [two],
    )
    add_instance(vps, "common", status="connected")
    watch.plain.execute(
        "INSERT INTO server_sweeps (server_id, holder, held_until, unmanaged) "
        "SELECT id, gen_random_uuid(), now(), '{common}' FROM servers WHERE name = 'vps-2'"
    )
    watch.plain.execute("INSERT INTO refusal_minutes VALUES (%s, 21)", [watch.clock.now])
    assert watch.pass_() == ["[CRITICAL] 4 alerts"]
    assert watch.active() == ["conflict_two_servers", "same_name", "unstable_connection", "webhook_auth_failures"]
    watch.plain.execute("UPDATE server_sweeps SET completed_at = %s", [watch.clock.now - timedelta(minutes=16)])
    watch.plain.execute("UPDATE servers SET created_at = %s", [watch.clock.now - timedelta(days=1)])
    evaluate(watch.parts, {"work-dead": 2})
    assert {"reconcile_late", "dead_letters"} < set(watch.active())


def test_what_flaps_is_told_once_and_again_only_after_the_cooldown(watch: Watch, vps: UUID) -> None:
    told = []
    for _ in range(6):
        watch.plain.execute("UPDATE servers SET unreachable_since = %s", [watch.clock.now])
        told += watch.pass_(3)
        watch.plain.execute("UPDATE servers SET unreachable_since = NULL")
        told += watch.pass_(5)
    assert [one.split("]")[0] for one in told] == ["[CRITICAL", "[RESOLVED"] * 2


def test_of_two_evaluations_at_once_one_does_nothing(watch: Watch, database_url: str) -> None:
    searched(watch, 6, "moved", minutes=1)
    with psycopg.connect(database_url, row_factory=dict_row) as other:
        assert alerts.alone(other)
        assert watch.pass_() == []
    assert len(watch.pass_()) == 1


def test_whoever_acknowledges_is_noted_and_the_alert_still_resolves(watch: Watch) -> None:
    searched(watch, 6, "moved", minutes=50)
    watch.pass_()
    (one,) = watch.api.get("/api/alerts?state=open").json["items"]
    path = f"/api/alerts/{one['id']}/acknowledge"
    assert watch.api.as_("[viewer]").post(path).status == 403
    done = watch.api.as_("[operator]").post(path).json
    assert (done["state"], done["acknowledged_by"]) == ("acknowledged", "ani")
    assert watch.api.post(path).json == done
    assert watch.api.get("/api/alerts").json["acknowledged"] == 1
    assert watch.pass_(20) == ["[RESOLVED] 6 sessions changed servers within an hour"]
    (one,) = watch.api.get("/api/alerts?state=resolved").json["items"]
    assert (one["state"], one["acknowledged_by"]) == ("resolved", "ani")
    assert watch.api.post(f"/api/alerts/{uuid4()}/acknowledge").status == 404


def test_alerts_are_read_page_by_page_and_not_sent_twice(watch: Watch, vps: UUID, add_instance: AddInstance) -> None:
    for n in range(5):
        closed(watch, add_instance(vps, f"toko-{n}"))
    watch.pass_(6)
    first = watch.api.get("/api/alerts?limit=3")
    rest = watch.api.get(f"/api/alerts?limit=3&cursor={first.json['next_cursor']}").json
    ids = [one["id"] for one in first.json["items"] + rest["items"]]
    assert (len(set(ids)), rest["next_cursor"], first.json["open"]) == (5, None, 5)
    again = watch.api.get("/api/alerts?limit=3", headers={"if-none-match": first.headers["etag"]})
    assert again.status == 304
    assert watch.api.get("/api/alerts?cursor=x").status == 422
