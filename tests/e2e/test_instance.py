"""One number's own screen: what every source says of it, why it does not work, and every button it has."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from frontend import build
from simulator.process import SimulatorProcess
from tests.e2e.conftest import SPEED
from tests.e2e.numbers import Number, Registry, registry
from tests.local_stack import StackProcess
from tests.vendor import point_elsewhere

AXE = build.MODULES / "axe-core" / "axe.min.js"
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{7*7}}"


@pytest.fixture(scope="module")
def world(stack: StackProcess) -> Iterator[Registry]:
    with SimulatorProcess("2.3.6", speed=SPEED) as gateway, registry(stack, gateway, "VPS layar") as made:
        yield made


def _card(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title)


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def _complaints(page: Page) -> list[str]:
    """What axe says against what is on the screen, in both themes."""
    page.evaluate(AXE.read_text())
    found = []
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found += page.evaluate("axe.run().then(({ violations }) => violations)")
    return [f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0]['failureSummary']}" for one in found]


def test_sources_that_contradict_each_other_are_named_with_what_that_means(page: Page, world: Registry) -> None:
    number = world.number("Layar semu", phone="628222000001")
    number.control("offline", on=True)
    world.look_at(page, number)

    memory = page.locator('[data-source="memory"]')
    expect(memory).to_contain_text("Menyambungkan")
    expect(memory).to_contain_text("Tersambung semu")
    expect(page.locator('[data-source="list"]')).to_contain_text("Tersambung semu")
    expect(_card(page, "Apa kata tiap sumber")).to_contain_text("Yang benar memorinya.")
    assert _complaints(page) == []


def test_the_history_tells_of_actions_changes_and_webhooks_and_can_show_one_kind(page: Page, world: Registry) -> None:
    world.look_at(page, world.number("Layar riwayat", phone="628222000002"))
    story = _card(page, "Riwayat")
    expect(story.locator('[data-kind="operation"]').first).to_contain_text("Hubungkan oleh admin: berhasil")
    expect(story).to_contain_text("Menyambungkan → Tersambung")
    expect(story.locator('[data-kind="event"]').first).to_be_visible()
    expect(story.locator("time").first).to_have_attribute("title", re.compile(r"\d{4}"))

    _button(page, "Status").click()

    expect(story.locator('[data-kind="operation"], [data-kind="event"]')).to_have_count(0)
    expect(story.locator('[data-kind="transition"]').first).to_be_visible()


def test_another_systems_webhook_can_be_left_taken_over_and_given_back(page: Page, world: Registry) -> None:
    number = world.number("Layar bot", phone="628222000003")
    point_elsewhere(number.gateway, number.name)
    world.look_at(page, number)
    hook = _card(page, "Webhook")
    expect(page.locator('[data-code="webhook_elsewhere"]')).to_contain_text("bot.example.com")

    _choose(page, hook, "Biarkan (pantau tanpa webhook)", "Terapkan")
    expect(hook).to_contain_text("Dibiarkan: dipantau tanpa webhook")
    assert number.webhook == "https://bot.example.com/hook"

    over = "Ambil alih (bot di bot.example.com berhenti menerima pesan)"
    _choose(page, hook, over, over)
    expect(hook).to_contain_text("Webhook sebelum Sambung: bot.example.com")
    assert number.webhook.startswith(f"{world.stack.url}/webhooks/")

    hook.get_by_role("button", name="Kembalikan webhook lama").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("kembali dikirim ke bot.example.com")
    dialog.get_by_role("button", name="Kembalikan webhook lama").click()
    expect(dialog).to_be_hidden()
    assert number.webhook == "https://bot.example.com/hook"


def _choose(page: Page, hook: Locator, way: str, button: str) -> None:
    """Choose a way in the dialog that the webhook's card opens."""
    hook.get_by_role("button", name="Pilih yang dilakukan").click()
    dialog = page.get_by_role("dialog", name=re.compile("menuju bot.example.com"))
    dialog.get_by_role("radio", name=way).check()
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden()


def test_the_global_webhook_shows_once_what_to_put_into_the_server(page: Page, world: Registry) -> None:
    number = world.number("Layar global")
    point_elsewhere(number.gateway, number.name)
    world.look_at(page, number)
    _card(page, "Webhook").get_by_role("button", name="Pilih yang dilakukan").click()
    page.get_by_role("radio", name="Pakai webhook global server").check()
    _button(page, "Terapkan").click()

    shown = page.get_by_role("dialog", name="Pakai webhook global server")
    expect(shown).to_contain_text("WEBHOOK_GLOBAL_URL")
    expect(shown).to_contain_text(f"{world.stack.url}/webhooks/")
    assert number.webhook == "https://bot.example.com/hook"


def test_a_test_message_says_on_which_server_it_was_verified(page: Page, world: Registry) -> None:
    number = world.number("Layar kirim", phone="628222000004")
    friend = world.number("Layar teman", phone="628222000005")
    world.look_at(page, number)
    _button(page, "Kirim Pesan Uji").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nomor tujuan").fill("0822 2200 0000")
    expect(dialog).to_contain_text("Dipakai sebagai 6282222000000.")
    dialog.get_by_role("button", name="Kirim", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Nomor tujuan tidak ada di WhatsApp")

    dialog.get_by_label("Nomor tujuan").fill("628222000005")
    dialog.get_by_role("button", name="Kirim", exact=True).click()

    expect(dialog).to_contain_text("Pesan diterima server VPS layar")
    expect(dialog).to_contain_text("Sesi dipastikan ada di server itu sebelum dikirim.")
    page.keyboard.press("Escape")
    expect(_card(page, "Kiriman terakhir")).to_contain_text("baru saja")
    assert friend.memory == "open"


def test_a_number_is_parked_renamed_and_given_its_expected_phone(page: Page, world: Registry) -> None:
    number = world.number("Layar lama")
    world.look_at(page, number)

    _button(page, "Sengaja matikan").click()
    expect(page.locator(".instance-title")).to_contain_text("Sengaja dimatikan")
    _button(page, "Pantau lagi").click()
    expect(page.locator(".instance-title")).not_to_contain_text("Sengaja dimatikan")

    _button(page, "Ubah").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Label").fill("Layar baru")
    dialog.get_by_label("Nomor seharusnya").fill("0812-3456-7890")
    dialog.get_by_role("button", name="Simpan").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Layar baru")
    expect(_card(page, "Pengaturan")).to_contain_text("6281234567890")


def test_logging_out_asks_with_its_impact_and_says_what_was_seen(page: Page, world: Registry) -> None:
    number = world.number("Layar logout", phone="628222000006")
    world.look_at(page, number)
    _button(page, "Logout").click()
    dialog = page.get_by_role("dialog", name="Logout Layar logout?")
    expect(dialog).to_contain_text("Nomor berhenti menerima pesan dan harus scan QR lagi.")

    dialog.get_by_role("button", name="Batal").click()
    assert number.memory == "open"
    _button(page, "Logout").click()
    dialog.get_by_role("button", name="Logout").click()

    expect(page.get_by_text("Layar logout sudah keluar: sesi di server terlihat tertutup.").first).to_be_visible()
    expect(page.locator(".instance-title")).to_contain_text("Terputus")
    assert number.memory == "close"


def test_a_number_that_hangs_is_restarted_up_to_its_code_by_one_button(page: Page, world: Registry) -> None:
    number = world.number("Layar restart")
    world.look_at(page, number)

    _button(page, "Restart + Ambil QR").click()

    wizard = page.get_by_role("dialog", name="Reconnect Cepat")
    expect(wizard.get_by_role("img", name="Kode QR untuk Layar restart")).to_be_visible()
    expect(wizard.locator('[data-step="check"]')).to_have_attribute("data-outcome", "idle")
    assert _complaints(page) == []


def test_a_released_number_lives_on_at_its_server_and_one_is_back_at_the_list(page: Page, world: Registry) -> None:
    number = world.number("Layar lepas", phone="628222000007")
    world.look_at(page, number)
    _button(page, "Lepas dari Sambung").click()
    page.get_by_role("dialog").get_by_role("button", name="Lepas dari Sambung").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Nomor")
    expect(page.locator(f'[data-instance="{number.name}"]')).to_have_count(0)
    assert number.memory == "open"


def test_the_copied_diagnosis_has_no_full_number_and_no_secret(
    context: BrowserContext, page: Page, world: Registry
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    world.look_at(page, world.number("Layar salin", phone="628222000008"))

    _button(page, "Salin diagnosis").click()

    expect(page.get_by_text("Diagnosis disalin").first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Memori server: Tersambung" in copied
    assert "6282…008" in copied
    assert "628222000008" not in copied
    assert world.gateway.api_key not in copied


def test_markup_in_every_name_is_shown_as_text(page: Page, world: Registry, stack: StackProcess) -> None:
    (client,) = world.api.get("/api/clients").json()["items"][:1]
    clients = [{**client, "name": HOSTILE}, {**client, "id": "00000000-0000-4000-8000-000000000000", "name": "Lain"}]
    page.route("**/api/clients*", lambda route: route.fulfill(json={"items": clients, "next_cursor": None}))
    with SimulatorProcess("2.3.6", speed=SPEED) as gateway, registry(stack, gateway, f"S {HOSTILE}"[:100]) as hostile:
        number = hostile.number(HOSTILE, phone="628222000009")
        with world.busy(number, HOSTILE[:60], HOSTILE):
            world.look_at(page, Number(number.id, number.name, HOSTILE, gateway))
            expect(page.locator(".running")).to_contain_text("<script>")
        expect(page.locator(".instance-facts")).to_contain_text("Server S <img src=x", timeout=40_000)
        expect(_card(page, "Pengaturan").locator("dd").nth(1)).to_have_text(HOSTILE)
        _button(page, "Reconnect Cepat").click()
        expect(page.get_by_role("dialog", name="Reconnect Cepat: <img")).to_be_visible()
        page.keyboard.press("Escape")
        _button(page, "Logout").click()
        expect(page.get_by_role("dialog")).to_contain_text("<script>")
    assert page.title() == "Nomor · Sambung"
    assert page.locator("main img, dialog img").count() == 0


def test_a_number_that_is_not_there_is_told_with_the_way_back(page: Page, world: Registry) -> None:
    world.enter(page, "nomor/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("heading", name="Instance ini tidak ada di Sambung")).to_be_visible()
    page.get_by_role("link", name="Semua nomor").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nomor")
