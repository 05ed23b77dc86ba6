"""Reconnect Cepat in a browser: every way it can go that a gateway knows, and never an end without a next step."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from simulator.process import SimulatorProcess
from tests.e2e.conftest import SLOWEST_MS, SPEED
from tests.e2e.dashboard import Dashboard
from tests.e2e.numbers import Number, Registry, registry
from tests.local_stack import StackProcess
from tests.vendor import ask, delete_there, point_elsewhere

# Four steps, each of which waits for a gateway.
ALL_STEPS_MS = 60_000


@dataclass(frozen=True)
class Walk:
    """One number's wizard, open on the page."""

    number: Number
    page: Page

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="Reconnect Cepat")

    @property
    def picture(self) -> Locator:
        return self.dialog.get_by_role("img", name=f"Kode QR untuk {self.number.label}")

    def step(self, name: str) -> Locator:
        return self.dialog.locator(f'[data-step="{name}"]')

    def press(self, button: str) -> None:
        """Press it, and wait until nothing runs any more."""
        self.dialog.get_by_role("button", name=button).last.click()
        expect(self.dialog.locator("[data-ending]")).to_be_visible(timeout=ALL_STEPS_MS)

    def outcomes(self) -> list[str | None]:
        """How each step ended, in their order."""
        return [step.get_attribute("data-outcome") for step in self.dialog.locator("[data-step]").all()]


@pytest.fixture(scope="module")
def world(stack: StackProcess) -> Iterator[Registry]:
    with SimulatorProcess("2.3.6", speed=SPEED) as gateway, registry(stack, gateway, "VPS wizard") as made:
        yield made


@pytest.fixture(scope="module")
def tab(browser: Browser, world: Registry) -> Iterator[Page]:
    """One tab for all of these: what is tried is the wizard, not the login."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900}, locale="id-ID")
    opened.set_default_timeout(SLOWEST_MS)
    world.enter(opened, "nomor")
    yield opened
    opened.close()


def _row(page: Page, number: Number) -> Locator:
    return Dashboard(page, "").find(number.name)


def _open(page: Page, number: Number) -> Walk:
    """By the button in the number's row; there is none beside a number that is well."""
    page.reload()
    _row(page, number).get_by_role("button", name="Reconnect Cepat").click()
    return Walk(number, page)


def test_a_new_number_without_a_webhook_ends_with_its_code_and_then_connected(tab: Page, world: Registry) -> None:
    number = world.number("Wizard baru")
    off = {"enabled": False, "url": "http://127.0.0.1:9/old", "events": ["CONNECTION_UPDATE"]}
    ask(number.gateway, "POST", f"/webhook/set/{number.name}", {"webhook": off}, expected={201})
    walk = _open(tab, number)

    walk.press("Jalankan semua")

    assert walk.outcomes()[0] == "ok"
    assert walk.outcomes()[1] in {"ok", "waiting"}
    assert number.webhook.startswith(f"{world.stack.url}/webhooks/")
    expect(walk.step("qr")).to_contain_text("QR siap di-scan")
    expect(walk.picture).to_be_visible()
    number.control("pair", number="628111000003", direct=True)
    expect(walk.dialog).to_contain_text("Tersambung: nomor 628111000003")
    expect(walk.dialog).not_to_contain_text("Scan QR ini")
    walk.dialog.get_by_role("button", name="Selesai").click()
    expect(walk.dialog).to_be_hidden()


def test_another_systems_webhook_is_named_and_left_and_after_the_limit_a_new_code_comes(
    tab: Page, world: Registry
) -> None:
    number = world.number("Wizard bot")
    point_elsewhere(number.gateway, number.name)
    number.control("qr-limit")
    walk = _open(tab, number)

    walk.press("Jalankan semua")

    assert walk.outcomes()[1] == "skipped"
    expect(walk.step("webhook")).to_contain_text("bot.example.com")
    assert number.webhook == "https://bot.example.com/hook"
    expect(walk.picture).to_be_visible()


def test_a_server_without_codes_is_waited_for_and_asked_again_by_one_button(tab: Page, world: Registry) -> None:
    number = world.number("Wizard macet")
    number.control("qr", mode="none")
    world.api.post(f"/api/instances/{number.id}/logout", json={})
    walk = _open(tab, number)
    walk.press("Jalankan: Ambil QR")
    assert walk.outcomes()[3] == "waiting"
    expect(walk.dialog).to_contain_text('Tunggu sebentar, lalu ulangi langkah "Ambil QR".')

    number.control("qr", mode="normal")
    walk.press("Ulangi: Ambil QR")

    expect(walk.picture).to_be_visible()


def test_a_number_the_phone_threw_out_gets_a_new_code(tab: Page, world: Registry) -> None:
    number = world.number("Wizard keluar", phone="628111000001")
    number.control("drop", code=401)
    expect(_row(tab, number)).to_contain_text("Nomor dikeluarkan dari HP")
    walk = _open(tab, number)

    walk.press("Jalankan semua")

    assert walk.outcomes()[0] == "ok"
    expect(walk.picture).to_be_visible()


def test_a_healthy_number_is_not_restarted_and_the_wizard_is_done(page: Page, world: Registry) -> None:
    number = world.number("Wizard sehat", phone="628111000002")
    world.look_at(page, number)
    page.get_by_role("button", name="Reconnect Cepat").click()
    walk = Walk(number, page)

    walk.press("Jalankan semua")

    assert walk.outcomes()[2:] == ["skipped", "ok"]
    assert not [one for one in number.gateway.state()["requests"] if f"restart/{number.name}" in str(one)]
    expect(walk.dialog).to_contain_text("Selesai: nomor ini tersambung.")
    walk.dialog.get_by_role("button", name="Selesai").click()
    expect(walk.dialog).to_be_hidden()


def test_a_number_its_server_lost_stops_at_once_and_leads_to_making_it_anew(tab: Page, world: Registry) -> None:
    number = world.number("Wizard hilang")
    delete_there(number.gateway, number.name)
    walk = _open(tab, number)

    walk.press("Jalankan semua")

    assert walk.outcomes() == ["failed", "idle", "idle", "idle"]
    expect(walk.dialog).to_contain_text("Instance tidak ditemukan di VPS")
    walk.dialog.get_by_role("button", name="Buat Ulang di Server").click()
    expect(tab.get_by_role("dialog", name="Buat ulang Wizard hilang")).to_contain_text("harus scan QR lagi")


def test_a_server_that_is_down_is_told_with_its_cause_and_its_button(
    tab: Page, world: Registry, stack: StackProcess
) -> None:
    with SimulatorProcess("2.3.6", speed=SPEED) as away, registry(stack, away, "VPS mati wizard") as lost:
        # An event of a moment ago would say that only our way to it is cut.
        away.control("webhooks", {"deliver": False})
        number = lost.number("Wizard server mati")
    walk = _open(tab, number)

    walk.press("Jalankan semua")

    assert walk.outcomes() == ["failed", "idle", "idle", "idle"]
    expect(walk.dialog).to_contain_text("VPS hidup, Evolution mati")
    expect(walk.dialog.get_by_role("button", name="Cek Sekarang")).to_be_visible()


def test_a_login_that_ends_within_a_step_is_renewed_and_one_step_taken_alone_with_its_proof(
    tab: Page, world: Registry, stack: StackProcess
) -> None:
    walk = _open(tab, world.number("Wizard sesi habis"))

    def refuse(route: Route) -> None:
        route.fulfill(status=401, json={"message": "Unauthorized"})

    tab.route("**/reconnect", refuse)
    walk.dialog.get_by_role("button", name="Jalankan semua").click()
    again = tab.get_by_role("dialog", name="Masuk lagi")
    expect(again).to_be_visible()
    tab.unroute("**/reconnect", refuse)
    Dashboard(tab, stack.url).fill_login("admin", stack.password)

    expect(again).to_be_hidden()
    expect(walk.dialog).to_contain_text('Sesi login berakhir, jadi langkah "Cek server" tidak dijalankan.')
    walk.press("Ulangi: Cek server")
    expect(walk.step("check")).to_have_attribute("data-outcome", "ok")
    walk.step("check").get_by_text(re.compile("^Bukti")).click()
    expect(walk.step("check")).to_contain_text("Memori server")
    expect(walk.dialog.get_by_role("button", name="Jalankan: Pasang dan uji webhook")).to_have_count(2)


def test_a_second_operator_sees_what_runs_and_waits_for_it(page: Page, world: Registry) -> None:
    number = world.number("Wizard berdua")
    world.look_at(page, number)
    page.get_by_role("button", name="Reconnect Cepat").click()
    walk = Walk(number, page)

    with world.busy(number, "set-webhook", "budi"):
        walk.press("Jalankan semua")
        assert walk.outcomes() == ["waiting", "idle", "idle", "idle"]
        expect(walk.dialog).to_contain_text("Instance sedang dikerjakan")
        expect(page.locator(".running")).to_contain_text("Sedang dikerjakan: Pasang webhook oleh budi")

    expect(page.locator(".running")).to_be_hidden()
    walk.press("Ulangi: Cek server")
    expect(walk.step("check")).to_have_attribute("data-outcome", "ok")
