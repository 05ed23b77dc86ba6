"""A thousand numbers on ten servers, one of them down and one hanging: the same answers, and no more on the screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from frontend import build
from tests.e2e import past
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess, running_stack

NUMBERS = 1_000
# What it costs a browser: with 300 rows drawn, another manager has 14,500.
MOST_ELEMENTS = 4_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """A stack of its own: in a thousand rows other tests would not find theirs."""
    build.build()
    with running_stack(tmp_path_factory.mktemp("scale") / "home") as running:
        past.a_crowd(running.database_url, NUMBERS)
        yield running


def test_the_first_screen_answers_the_four_questions_with_the_worst_first(dashboard: Dashboard, page: Page) -> None:
    answers = {name: page.locator(f'[data-question="{name}"]') for name in ("evolution", "webhook", "qr", "next")}
    expect(answers["evolution"]).to_contain_text("8 dari 10 server baik")
    expect(answers["webhook"]).to_contain_text("20 belum terpasang")
    expect(answers["qr"]).to_contain_text("terkunci tanpa QR")
    expect(answers["next"]).to_contain_text("VPS 4: Server Evolution tidak bisa diakses")
    expect(answers["next"].get_by_role("button", name="Cek Sekarang")).to_be_visible()

    expect(page.locator('[data-count="stale"]')).to_contain_text("200")
    troubles = page.locator("[data-trouble]")
    expect(troubles.nth(0)).to_contain_text("100 nomor terdampak")
    expect(troubles.nth(1)).to_contain_text("VPS 7")


def test_a_tile_leads_to_its_numbers_and_the_filter_survives_a_reload_and_a_new_login(
    dashboard: Dashboard, page: Page, context: BrowserContext, stack: StackProcess
) -> None:
    page.locator('[data-count="disconnected"]').click()
    expect(page.locator(".count")).to_have_text("20 dari 1000")

    page.get_by_label("Cari label, nama, atau nomor").fill("nomor-103")

    expect(page.locator("[data-instance]")).to_have_count(1)
    expect(dashboard.row("nomor-103")).to_contain_text("Nomor dikeluarkan dari HP")
    page.reload()
    expect(page.locator("[data-instance]")).to_have_count(1)
    other = Dashboard(context.new_page(), page.url)
    other.open()
    other.log_in("admin", stack.password)
    expect(other.row("nomor-103")).to_be_visible()
    expect(other.page.locator("[data-instance]")).to_have_count(1)


def test_only_what_is_near_the_window_is_drawn_down_to_the_last_row(dashboard: Dashboard, page: Page) -> None:
    dashboard.go_to("Nomor")
    expect(dashboard.row("nomor-1")).to_be_visible()
    assert _elements(page) < MOST_ELEMENTS

    for _ in range(40):
        page.keyboard.press("End")
        if dashboard.row("nomor-1000").is_visible():
            break
        page.wait_for_function("() => document.querySelectorAll('[data-instance]').length > 0")

    expect(dashboard.row("nomor-1000")).to_be_in_viewport()
    expect(dashboard.row("nomor-1")).to_have_count(0)
    assert _elements(page) < MOST_ELEMENTS


def test_who_comes_back_from_a_number_finds_the_list_as_it_was_left(dashboard: Dashboard, page: Page) -> None:
    page.locator('[data-count="connected"]').click()
    row = dashboard.row("nomor-509")
    while not row.count():
        page.mouse.wheel(0, 700)
        page.wait_for_function("() => new Promise(requestAnimationFrame)")
    row.scroll_into_view_if_needed()
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nomor 509")

    page.get_by_role("link", name="Semua nomor").click()

    expect(row).to_be_in_viewport()
    expect(page.locator(".count")).to_contain_text("dari 1000")


def _elements(page: Page) -> int:
    return int(page.evaluate("document.querySelectorAll('*').length"))
