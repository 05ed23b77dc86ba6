"""How the page behaves: languages, themes, lost networks, hostile names, keyboard."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from simulator.process import SimulatorProcess
from tests.e2e.conftest import Simulate
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{7*7}}"


@pytest.fixture
def gateway(simulate: Simulate) -> SimulatorProcess:
    return simulate("2.3.6")


def test_the_language_changes_at_once_and_is_remembered(dashboard: Dashboard, page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "id")

    dashboard.button("English").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_errors_of_the_api_come_in_the_chosen_language(dashboard: Dashboard, gateway: SimulatorProcess) -> None:
    dashboard.add_server("VPS bahasa", gateway, key="salah-kunci")
    card = dashboard.card("VPS bahasa")
    expect(card).to_contain_text("API key ditolak server")

    dashboard.button("English").click()

    expect(card).not_to_contain_text("API key ditolak server")
    expect(card.locator(".notice")).to_be_visible()


@pytest.mark.parametrize(("system", "other"), [("light", "dark"), ("dark", "light")])
def test_the_theme_follows_the_system_until_one_chooses(
    page: Page, stack: StackProcess, system: str, other: str
) -> None:
    page.emulate_media(color_scheme="light" if system == "light" else "dark")
    Dashboard(page, stack.url).open()
    before = _background(page)

    page.get_by_role("button", name="Tema").click()

    assert _background(page) != before
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", other)
    page.get_by_role("button", name="Tema").click()
    assert _background(page) == before


def test_a_lost_network_is_shown_with_its_age_and_heals_by_itself(
    dashboard: Dashboard, page: Page, context: BrowserContext
) -> None:
    dashboard.go_to("Nomor")
    expect(page.locator(".count")).to_be_visible()

    context.set_offline(True)

    banner = page.get_by_text("Tidak ada koneksi ke Sambung")
    expect(banner).to_be_visible()
    expect(page.locator(".banner")).to_contain_text("Yang terlihat di sini berasal dari")
    expect(page.locator("body")).not_to_contain_text("Failed to fetch")
    context.set_offline(False)
    expect(banner).to_be_hidden()


def test_markup_in_any_name_is_shown_as_text(
    dashboard: Dashboard, page: Page, gateway: SimulatorProcess, stack: StackProcess
) -> None:
    name = f"VPS {HOSTILE}"[:100]
    with stack.client() as api:
        body = {"name": name, "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        server = api.post("/api/servers", json=body).raise_for_status().json()["id"]
        client = api.post("/api/clients", json={"name": HOSTILE[:100]}).raise_for_status().json()["id"]
        body = {"client_id": client, "instance_name": "jahat", "label": HOSTILE[:100], "server_id": server}
        instance = api.post("/api/instances", json=body).raise_for_status().json()["id"]
        gateway.control("instances/jahat/pair", {"number": "628111999", "profile_name": HOSTILE, "direct": True})
        api.post(f"/api/instances/{instance}/connect", json={}).raise_for_status()
    dashboard.go_to("Nomor")
    row = dashboard.find("jahat")
    expect(row.get_by_role("heading")).to_have_text(HOSTILE[:100])
    expect(row).to_contain_text(name)
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE[:100])
    dashboard.go_to("Server")
    expect(dashboard.card(name.replace('"', '\\"'))).to_be_visible()
    dashboard.go_to("Ringkasan")
    expect(page.locator(".server-line").filter(has_text=HOSTILE[:40]).first).to_be_visible()

    assert page.title() == "Ringkasan · Sambung"
    assert page.locator("main img").count() == 0


def test_every_screen_is_reached_by_keyboard_and_announces_itself(dashboard: Dashboard, page: Page) -> None:
    links = page.get_by_role("navigation").get_by_role("link")
    names = links.all_inner_texts()
    assert names[0] == "Ringkasan"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()

    for place, name in enumerate(names):
        links.nth(place).focus()
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        expect(links.nth(place)).to_have_attribute("aria-current", "page")
        expect(page).to_have_title(f"{name} · Sambung")
        if place > 0:
            expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_name_with_spaces_is_refused_before_anything_is_sent(
    dashboard: Dashboard, page: Page, gateway: SimulatorProcess
) -> None:
    dashboard.add_server("VPS nama", gateway)
    dashboard.go_to("Nomor")
    dashboard.button("Buat Instance").first.click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    name = page.get_by_label("Nama instance")

    name.fill("dua kata")
    name.press("Enter")

    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Mulai dengan huruf atau angka")).to_be_visible()
    assert sent == []


def test_a_name_that_exists_is_told_with_its_next_step(dashboard: Dashboard, gateway: SimulatorProcess) -> None:
    dashboard.add_server("VPS dobel", gateway)
    dashboard.create_instance("Dobel", "VPS dobel")
    dashboard.page.keyboard.press("Escape")
    dashboard.button("Buat Instance").first.click()
    dialog = dashboard.dialog("Buat Instance")
    dialog.get_by_label("Label").fill("Dobel")
    choice = dialog.get_by_label("Server", exact=True)
    if choice.count():
        choice.select_option(label="VPS dobel")

    dialog.get_by_role("button", name="Buat Instance").click()

    expect(dialog.get_by_role("alert")).to_contain_text("Nama instance sudah dipakai")


def test_a_server_that_is_not_there_is_added_with_its_cause_and_next_step(
    dashboard: Dashboard, gateway: SimulatorProcess
) -> None:
    gateway.stop()
    dashboard.add_server("VPS mati", gateway)

    card = dashboard.card("VPS mati")

    expect(card).to_contain_text("Tidak bisa diakses")
    expect(card).to_contain_text("VPS hidup, Evolution mati")


def test_a_server_name_that_is_taken_is_told_beside_its_field(dashboard: Dashboard, gateway: SimulatorProcess) -> None:
    dashboard.add_server("VPS kembar", gateway)
    dashboard.button("Tambah server").first.click()
    dialog = dashboard.dialog("Tambah server")
    dialog.get_by_label("Nama", exact=True).fill("VPS kembar")
    dialog.get_by_label("URL", exact=True).fill("http://127.0.0.1:9")
    dialog.get_by_label("API key").fill("kunci")

    dialog.get_by_role("button", name="Cek dan tambah").click()

    expect(dialog.get_by_label("Nama", exact=True)).to_have_accessible_description(
        "Misalnya VPS Jakarta 1. Sudah dipakai. Pilih yang lain."
    )


def test_a_dialog_can_be_opened_left_and_returned_from_with_the_keyboard(dashboard: Dashboard, page: Page) -> None:
    dashboard.go_to("Server")
    opener = dashboard.button("Tambah server").first
    opener.focus()

    page.keyboard.press("Enter")
    dialog = dashboard.dialog("Tambah server")
    expect(dialog.get_by_label("Nama", exact=True)).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_policy_of_the_page_allows_no_inline_script(page: Page, stack: StackProcess) -> None:
    answer = page.goto(stack.url)

    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def _background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
