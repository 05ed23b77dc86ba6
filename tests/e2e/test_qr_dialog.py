"""The rules of the QR dialog, in a browser: how often it asks, what it says, and that it goes on looking."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from simulator.process import SimulatorProcess
from tests.e2e.conftest import Simulate
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess

TWO_GROUPS = re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$")


@pytest.fixture
def gateway(simulate: Simulate) -> SimulatorProcess:
    return simulate("2.3.6")


def _open(dashboard: Dashboard, gateway: SimulatorProcess, name: str) -> None:
    dashboard.add_server(f"QR {name}", gateway)
    dashboard.create_instance(name, f"QR {name}")


def test_the_server_is_asked_six_times_and_then_only_by_the_button(
    page: Page, stack: StackProcess, gateway: SimulatorProcess
) -> None:
    page.clock.install()
    shown = Dashboard(page, stack.url)
    shown.open()
    shown.log_in("admin", stack.password)
    _open(shown, gateway, "enam-kali")
    dialog = shown.dialog("Hubungkan enam-kali")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if _is_connect(request) else None)
    expect(dialog).to_contain_text("detik (0 dari 6)")

    for ask in range(1, 7):
        with page.expect_response(lambda response: _is_connect(response.request)):
            page.clock.run_for(10_500)
        page.clock.run_for(500)
        expect(dialog).to_contain_text(f"({ask} dari 6)" if ask < 6 else "Auto-refresh selesai")
    page.clock.run_for(120_000)
    assert len(asked) == 6
    expect(dialog.get_by_role("button", name="Coba Reconnect Wizard")).to_be_visible()

    with page.expect_response(lambda response: _is_connect(response.request)):
        dialog.get_by_role("button", name="Ambil QR sekarang").click()
    expect(dialog.get_by_role("img")).to_be_visible()
    page.clock.run_for(60_000)
    assert len(asked) == 7


def test_a_pairing_code_is_offered_in_two_groups_of_four(dashboard: Dashboard, gateway: SimulatorProcess) -> None:
    _open(dashboard, gateway, "berpasangan")
    dialog = dashboard.dialog("Hubungkan berpasangan")
    dialog.get_by_text("Pakai kode pairing").click()
    dialog.get_by_label("Nomor HP itu").fill("0812 3456 7890")
    expect(dialog).to_contain_text("Dipakai sebagai 6281234567890.")

    dialog.get_by_role("button", name="Ambil kode pairing").click()

    expect(dialog.locator(".pairing-code")).to_have_text(TWO_GROUPS)


def test_a_server_that_gives_no_code_is_waited_for_and_a_late_one_is_shown(
    dashboard: Dashboard, gateway: SimulatorProcess
) -> None:
    gateway.control("instances/lambat/qr", {"mode": "none"})
    _open(dashboard, gateway, "lambat")
    dialog = dashboard.dialog("Hubungkan lambat")
    expect(dialog).to_contain_text("Menunggu QR dari server...")

    gateway.control("instances/lambat/qr", {"mode": "normal"})

    expect(dialog.get_by_role("img")).to_be_visible()


def test_a_server_that_dies_is_told_with_its_cause_and_next_step(
    dashboard: Dashboard, gateway: SimulatorProcess
) -> None:
    _open(dashboard, gateway, "mati")
    gateway.stop()
    dialog = dashboard.dialog("Hubungkan mati")

    dialog.get_by_role("button", name="Ambil QR sekarang").click()

    expect(dialog).to_contain_text("Server Evolution tidak bisa diakses")
    expect(dialog.get_by_role("button", name="Cek Sekarang")).to_be_visible()


def test_closing_the_dialog_ends_the_asking(dashboard: Dashboard, page: Page, gateway: SimulatorProcess) -> None:
    _open(dashboard, gateway, "ditutup")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/qr" in request.url else None)

    with page.expect_response("**/api/instances?*"):
        pass
    with page.expect_response("**/api/instances?*"):
        pass

    assert asked == []


def _is_connect(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/connect")
