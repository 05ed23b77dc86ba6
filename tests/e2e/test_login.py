"""Getting in, being refused, and what each role finds."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, Route, expect

from local import keepsakes
from tests.e2e.conftest import Simulate
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess


def test_a_wrong_password_is_told_in_plain_words(page: Page, stack: StackProcess) -> None:
    shown = Dashboard(page, stack.url)
    shown.open()

    shown.fill_login("admin", "salah sekali")

    expect(page.get_by_role("alert")).to_contain_text("Nama pengguna atau kata sandi salah")


def test_a_login_service_that_is_away_is_told_as_a_lost_connection(page: Page, stack: StackProcess) -> None:
    shown = Dashboard(page, stack.url)
    shown.open()
    page.route("**/config.json", lambda route: route.abort())

    shown.fill_login("admin", stack.password)

    expect(page.get_by_role("alert")).to_contain_text("Tidak ada koneksi ke Sambung")
    expect(page.locator("body")).not_to_contain_text("Failed to fetch")


def test_after_a_reload_one_is_still_logged_in_at_the_same_place(dashboard: Dashboard, page: Page) -> None:
    dashboard.go_to("Server")

    page.reload()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Server")


def test_when_the_session_ends_login_comes_over_the_page_and_the_place_is_kept(
    dashboard: Dashboard, page: Page, stack: StackProcess
) -> None:
    dashboard.go_to("Server")

    def refuse(route: Route) -> None:
        route.fulfill(status=401, json={"message": "Unauthorized"})

    page.route("**/api/**", refuse)
    again = dashboard.dialog("Masuk lagi")
    expect(again).to_be_visible()
    page.unroute("**/api/**", refuse)
    dashboard.fill_login("admin", stack.password)

    expect(again).to_be_hidden()
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Server")


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("viewer", {"Hubungkan (QR)": False, "Sync dari Server": False, "Buat Instance": False, "Hapus Semua": False}),
        ("operator", {"Hubungkan (QR)": True, "Sync dari Server": True, "Buat Instance": False, "Hapus Semua": False}),
        ("admin", {"Hubungkan (QR)": True, "Sync dari Server": True, "Buat Instance": True, "Hapus Semua": True}),
    ],
)
def test_a_role_is_offered_only_what_it_may_do(
    page: Page, stack: StackProcess, simulate: Simulate, role: str, offered: Mapping[str, bool]
) -> None:
    name = f"peran-{role}"
    with stack.client() as api:
        gateway = simulate("2.3.6")
        server = api.post("/api/servers", json=_server(name, gateway.url, gateway.api_key)).raise_for_status().json()
        client = api.get("/api/clients").raise_for_status().json()["items"][0]
        asked = {"client_id": client["id"], "instance_name": name, "server_id": server["id"]}
        api.post("/api/instances", json=asked).raise_for_status()
    shown = Dashboard(page, stack.url)
    shown.open()

    shown.log_in(role, keepsakes.passwords(stack.home, "")[role])

    shown.go_to("Nomor")
    expect(shown.find(name)).to_be_visible()
    for button, there in offered.items():
        expect(shown.button(button).first).to_be_visible(visible=there)


def _server(name: str, url: str, key: str) -> dict[str, str]:
    return {"name": f"Server {name}", "kind": "evolution", "base_url": url, "api_key": key}
