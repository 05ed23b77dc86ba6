"""Every screen in both themes, languages and two widths: accessible, nothing cut off, and a picture of each kept."""

from collections.abc import Iterator
from typing import Literal

import pytest
from httpx import Client
from playwright.sync_api import Browser, Page, expect

from frontend import build
from simulator.process import SimulatorProcess
from tests.e2e.conftest import RESULTS, SLOWEST_MS, SPEED
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess, running_stack

AXE = build.MODULES / "axe-core" / "axe.min.js"
WORDS = ("servers", "connect", "delete", "create", "add")
LANGUAGES = {
    "id": ("Server", "Hubungkan (QR)", "Hapus:", "Buat Instance", "Tambah server"),
    "en": ("Servers", "Connect (QR)", "Delete:", "Create instance", "Add server"),
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """A stack with one number connected, one waiting for a scan, and one server that is down."""
    build.build()
    home = tmp_path_factory.mktemp("screens") / "home"
    with running_stack(home) as stack, SimulatorProcess("2.3.6", speed=SPEED) as gateway, stack.client() as api:
        server = _post(
            api, "/api/servers", name="VPS Jakarta 1", kind="evolution", base_url=gateway.url, api_key="lab-key"
        )
        _post(api, "/api/servers", name="VPS Singapura", kind="evolution", base_url="http://127.0.0.1:9", api_key="x")
        client = api.get("/api/clients").json()["items"][0]["id"]
        for name, label in (("toko-bandung", "Toko Bandung"), ("cs-jakarta", "CS Jakarta")):
            _post(api, "/api/instances", client_id=client, instance_name=name, label=label, server_id=server["id"])
        gateway.control("instances/toko-bandung/pair", {"number": "6281234567890", "profile_name": "Toko"})
        yield stack


def _post(api: Client, path: str, **body: object) -> dict[str, str]:
    made: dict[str, str] = api.post(path, json=body).raise_for_status().json()
    return made


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_accessible_and_fits(
    browser: Browser, fleet: StackProcess, theme: Literal["light", "dark"], width: int, language: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, locale="id-ID", timezone_id="Asia/Jakarta"
    )
    context.set_default_timeout(SLOWEST_MS)
    page = context.new_page()
    looked = Look(page, f"{theme}-{width}-{language}")
    words = dict(zip(WORDS, LANGUAGES[language], strict=True))
    shown = Dashboard(page, fleet.url)
    shown.open()
    if language == "en":
        shown.button("English").click()
    looked.at("login")
    shown.log_in("admin", fleet.password)
    row = shown.row("cs-jakarta")
    expect(row).to_be_visible()
    looked.at("numbers")
    row.get_by_role("button", name=words["connect"]).click()
    expect(page.get_by_role("img")).to_be_visible()
    looked.at("qr")
    page.keyboard.press("Escape")
    row.get_by_role("button", name=words["delete"]).click()
    looked.at("delete")
    page.keyboard.press("Escape")
    shown.button(words["create"]).click()
    looked.at("create-instance")
    page.keyboard.press("Escape")
    shown.go_to(words["servers"])
    expect(shown.card("VPS Singapura")).to_be_visible()
    looked.at("servers")
    shown.button(words["add"]).click()
    looked.at("add-server")
    context.close()
    assert looked.wrong == []


def test_the_first_run_teaches_its_three_steps(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_stack(tmp_path_factory.mktemp("first") / "home") as stack:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        shown = Dashboard(page, stack.url)
        shown.open()
        shown.log_in("admin", stack.password)
        looked = Look(page, "light-1440-id")

        expect(page.get_by_role("list").get_by_role("heading")).to_have_text(
            ["Tambah server", "Buat instance", "Hubungkan"]
        )
        looked.at("first-run")
        page.close()
    assert looked.wrong == []


class Look:
    """Takes a picture of what is on the screen and collects what is wrong with it."""

    def __init__(self, page: Page, variant: str) -> None:
        self._page = page
        self._variant = variant
        self.wrong: list[str] = []

    def at(self, screen: str) -> None:
        RESULTS.mkdir(exist_ok=True)
        self._page.screenshot(path=RESULTS / f"{screen}-{self._variant}.png")
        self._page.evaluate(AXE.read_text())
        found = self._page.evaluate("axe.run().then(({ violations }) => violations)")
        self.wrong += [f"{screen}: {v['id']}: {v['nodes'][0]['html']} {v['nodes'][0]['failureSummary']}" for v in found]
        spills = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if self._page.evaluate(spills):
            self.wrong.append(f"{screen}: wider than the window")
