"""What a gateway reports shows in the registry: the main job as seen from the webhook door."""

from sambung.edge.keyring import Keyring
from sambung.store.connection import Connection
from tests.functional.webhook.conftest import Gateway, Look, elsewhere


def test_from_qr_to_connected(gateway: Gateway, instance: Look) -> None:
    assert gateway.connection("connecting", at=0).json == {"status": "accepted"}
    assert instance()["status"] == "connecting"
    assert gateway.qr("2@code", at=1).json == {"status": "accepted"}
    assert instance()["qr_code"] == "2@code"
    assert gateway.connection("open", at=5).json == {"status": "accepted"}
    row = instance()
    assert (row["status"], row["qr_code"], row["qr_image"], row["error_code"]) == ("connected", None, None, None)
    assert row["webhook_proven"]
    assert [event["outcome"] for event in instance.events()] == ["applied"] * 3


def test_a_2x_server_says_whose_number_it_is(modern: Gateway, instance: Look) -> None:
    modern.connection("open", wuid="6281234567890@s.whatsapp.net", profileName="Toko Ani")
    assert (instance()["phone_number"], instance()["profile_name"]) == ("6281234567890", "Toko Ani")


def test_a_secret_in_the_path_may_tell_the_state_but_not_the_number(old: Gateway, instance: Look) -> None:
    old.connection("open", profileName="Somebody")
    row = instance()
    assert (row["status"], row["phone_number"], row["profile_name"]) == ("connected", None, None)
    assert row["needs_check"]


def test_the_qr_limit_notice_says_why_there_is_no_code(gateway: Gateway, instance: Look) -> None:
    gateway.qr("2@last", at=1)
    gateway.sends("qrcode.updated", {"message": "QR code limit reached, please login again", "statusCode": 500}, at=2)
    row = instance()
    assert (row["status"], row["error_code"], row["qr_code"]) == ("disconnected", "qr_limit_reached", None)


def test_a_duplicate_is_told_and_changes_nothing(gateway: Gateway, instance: Look) -> None:
    gateway.connection("open", at=1)
    gateway.connection("close", at=2, reason=401)
    before = instance()
    assert gateway.connection("open", at=1).json == {"status": "duplicate"}
    assert instance() == before


def test_out_of_order_events_end_in_the_newest_state(gateway: Gateway, instance: Look) -> None:
    gateway.connection("open", at=3)
    gateway.connection("connecting", at=1, delay=2.5)
    gateway.qr("2@older", at=2, delay=1.5)
    row = instance()
    assert (row["status"], row["qr_code"]) == ("connected", None)


def test_a_retry_that_comes_minutes_late_changes_no_status_and_asks_for_a_check(
    gateway: Gateway, instance: Look
) -> None:
    gateway.connection("connecting", at=0)
    assert gateway.connection("open", at=1, delay=600).json == {"status": "accepted"}
    assert (instance()["status"], instance()["needs_check"]) == ("connecting", True)


def test_an_event_of_an_earlier_life_of_the_name_is_ignored(gateway: Gateway, instance: Look) -> None:
    instance.plain.execute("UPDATE wa_sessions SET generation = 2")
    assert gateway.connection("close", reason=401).json == {"status": "ignored"}
    assert instance()["status"] == "disconnected"
    assert instance.events()[0]["outcome"] == "generation"


def test_an_open_on_another_server_of_ours_is_a_reason_to_check(
    modern: Gateway, keyring: Keyring, plain: Connection, instance: Look
) -> None:
    assert elsewhere(modern, keyring, plain).connection("open").json == {"status": "accepted"}
    assert (instance()["status"], instance()["needs_check"]) == ("disconnected", True)


def test_a_secret_in_the_path_says_nothing_of_another_servers_instance(
    old: Gateway, keyring: Keyring, plain: Connection, instance: Look
) -> None:
    before = instance()
    assert elsewhere(old, keyring, plain).connection("open").json == {"status": "ignored"}
    assert instance() == before


def test_an_unknown_instance_is_kept_and_ignored(modern: Gateway, instance: Look) -> None:
    reply = modern.sends("connection.update", {"state": "open"}, instance="somebody-else")
    assert (reply.status, reply.json) == (200, {"status": "ignored"})
    assert instance.events()[0]["session_id"] is None


def test_an_unknown_event_is_kept(gateway: Gateway, instance: Look) -> None:
    reply = gateway.sends("something.new", {"a": 1})
    assert (reply.status, reply.json) == (200, {"status": "ignored"})
    assert instance.events()[0]["event"] == "something.new"
    assert instance()["last_webhook_event_at"] is not None


def test_an_address_without_a_mark_is_found_by_server_and_name(modern: Gateway, instance: Look) -> None:
    bare = modern.path.partition("?")[0] + "/connection-update"
    body = b'{"event":"connection.update","instance":"toko-1","data":{"state":"connecting"}}'
    assert modern.posts(body, path=bare).json == {"status": "accepted"}
    assert instance()["status"] == "connecting"


def test_nothing_of_a_message_or_a_key_is_kept(gateway: Gateway, instance: Look) -> None:
    message = {
        "key": {"remoteJid": "6289999999999@s.whatsapp.net", "fromMe": False},
        "message": {"conversation": "canary"},
    }
    gateway.sends("messages.upsert", message)
    gateway.qr("2@canary-qr", at=1)
    kept = str(instance.events())
    assert not [word for word in ("canary", "6289999999999", "hook.example") if word in kept]
