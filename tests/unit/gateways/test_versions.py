"""What each version of Evolution is asked."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.gateways.evolution import bodies
from sambung.gateways.evolution.versions import is_addressable, parse, traits
from sambung.gateways.shape import WebhookShape, WebhookTarget

BASIC = ("QRCODE_UPDATED", "CONNECTION_UPDATE", "MESSAGES_UPSERT", "SEND_MESSAGE")
TARGET = WebhookTarget("https://sambung.example/webhooks/x?i=y.1", {"Authorization": "Bearer canary"})


@pytest.mark.parametrize(
    ("version", "more"),
    [
        (None, ()),
        ("1.6.0", ()),
        ("1.8.2", ()),
        ("2.0.10", ()),
        ("2.1.0", ("LOGOUT_INSTANCE", "REMOVE_INSTANCE")),
        ("2.2.3", ("LOGOUT_INSTANCE", "REMOVE_INSTANCE")),
        ("2.3.6", ("LOGOUT_INSTANCE", "REMOVE_INSTANCE", "STATUS_INSTANCE")),
    ],
)
def test_no_version_is_asked_for_an_event_it_does_not_know(version: str | None, more: tuple[str, ...]) -> None:
    assert traits(version).events == BASIC + more


@pytest.mark.parametrize(
    ("version", "put", "deaf", "new_qr", "headers", "deletes_open"),
    [
        ("1.6.0", True, True, False, False, False),
        ("1.8.1", True, True, True, False, False),
        ("1.8.2", True, False, True, False, False),
        ("2.0.10", False, False, True, False, False),
        ("2.1.0", False, False, True, False, False),
        ("2.1.1", False, False, True, True, False),
        ("2.2.1", False, False, True, True, True),
        ("2.3.6", False, False, True, True, True),
        (None, None, False, True, True, True),
    ],
)
def test_traits(
    version: str | None, put: bool | None, deaf: bool, new_qr: bool, headers: bool, deletes_open: bool
) -> None:
    found = traits(version)
    assert (found.restart_by_put, found.restart_deafens, found.new_qr_after_logout) == (put, deaf, new_qr)
    assert (found.sends_headers, found.deletes_while_open) == (headers, deletes_open)


@pytest.mark.parametrize(("version", "tells"), [(None, False), ("1.8.2", False), ("2.2.3", False), ("2.3.0", True)])
def test_only_a_version_known_to_tell_of_a_making_is_asked_to(version: str | None, tells: bool) -> None:
    assert traits(version).tells_of_creation is tells


@pytest.mark.parametrize(
    ("text", "number"),
    [("2.3.6", (2, 3, 6)), ("v2.2", (2, 2, 0)), ("2.3.0-rc.1", (2, 3, 0)), ("latest", None), ("", None), (None, None)],
)
def test_a_version_is_read_with_its_decorations(text: str | None, number: tuple[int, int, int] | None) -> None:
    assert parse(text) == number


@given(st.text(min_size=1, max_size=30))
def test_every_addressable_name_is_one_segment_of_the_path(name: str) -> None:
    if is_addressable(name):
        path = bodies.connect(name, None).path
        assert path.count("/") == 3
        assert unquote(path.rpartition("/")[2]) == name


@pytest.mark.parametrize("name", ["", ".", "..", " a", "a ", "a\n", "a\x00", "\ud800"])
def test_a_name_no_call_can_reach_is_not_addressable(name: str) -> None:
    assert not is_addressable(name)


@pytest.mark.parametrize("name", ["toko-1", "Loja São João 1", "a/b", "a?b#c", "%2e", "..a", "😀"])
def test_foreign_names_are_addressable(name: str) -> None:
    assert is_addressable(name)


@pytest.mark.parametrize(
    ("known", "version", "order"),
    [
        (None, "2.3.6", ["union", "nested", "flat"]),
        (None, "1.8.2", ["union", "flat", "nested"]),
        (None, None, ["union", "nested", "flat"]),
        (WebhookShape.FLAT, "2.0.10", ["flat", "union", "nested"]),
        (WebhookShape.NESTED, "2.3.6", ["nested", "union", "flat"]),
    ],
)
def test_what_worked_before_is_offered_first(known: WebhookShape | None, version: str | None, order: list[str]) -> None:
    assert list(bodies.shapes_to_try(known, traits(version))) == order


def test_headers_are_named_even_when_a_server_shall_not_get_them() -> None:
    """2.x keeps the old ones otherwise, and 1.x would write ours to its disk for nothing."""
    with_headers = bodies.webhook_body(WebhookShape.NESTED, TARGET, BASIC, headers=True)["webhook"]
    without = bodies.webhook_body(WebhookShape.NESTED, TARGET, BASIC, headers=False)["webhook"]
    assert isinstance(with_headers, dict)
    assert isinstance(without, dict)
    assert (with_headers["headers"], without["headers"]) == ({"Authorization": "Bearer canary"}, {})


def test_no_request_shows_its_secrets() -> None:
    ask = bodies.set_webhook("a", bodies.webhook_body(WebhookShape.UNION, TARGET, BASIC, headers=True), ("canary",))
    assert "canary" not in repr(ask)
    assert "canary" not in repr(TARGET)
    assert "canary" not in repr(bodies.create("a", "canary", None))
