"""Every screen and dialog in both themes, languages and two widths: accessible, nothing cut off, a picture of each.

A usual run looks at two variants, which between them have both of everything; `SAMBUNG_LOOKS=all` looks at all eight.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, Self

import pytest
from httpx import Client
from playwright.sync_api import Browser, Locator, Page, expect

from frontend import build
from simulator.process import SimulatorProcess
from tests.e2e import past
from tests.e2e.conftest import RESULTS, SLOWEST_MS, SPEED
from tests.local_stack import StackProcess, running_stack
from tests.vendor import create_there, point_elsewhere

AXE = build.MODULES / "axe-core" / "axe.min.js"
HEIGHTS = {390: 844, 1440: 900}
# As far as the page goes: nothing may be cut off there either.
ENDS = {390: 360, 1440: 1920}


@dataclass(frozen=True)
class Variant:
    """One way to see the page."""

    theme: Literal["light", "dark"]
    width: int
    language: str

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}-{self.language}"


EACH_ONCE = [Variant("light", 1440, "id"), Variant("dark", 390, "en")]
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ALL = [Variant(theme, width, language) for theme, width, language in product(THEMES, HEIGHTS, ("id", "en"))]
VARIANTS = ALL if os.environ.get("SAMBUNG_LOOKS") == "all" else EACH_ONCE

# A picture's name, the screen's address, and the buttons that lead there, by the keys of their words.
SCREENS = ("ringkasan", "nomor", "server", "peringatan", "log", "bantuan")
DIALOGS = (
    ("create-instance", "nomor", ("instance.create",)),
    ("server-instances", "nomor", ("action.list",)),
    ("sync", "nomor", ("sync.title",)),
    ("clients", "nomor", ("client.manage",)),
    ("delete-all", "nomor", ("delete-all.open",)),
    ("qr", "nomor/{waiting}", ("action.connect",)),
    ("wizard", "nomor/{waiting}", ("act.wizard",)),
    ("edit-instance", "nomor/{waiting}", ("act.edit",)),
    ("delete-instance", "nomor/{waiting}", ("instance.delete",)),
    ("send-test", "nomor/{connected}", ("act.send-test",)),
    ("webhook-choices", "nomor/{elsewhere}", ("action.set_webhook",)),
    ("add-server", "server", ("server.add",)),
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """A stack of its own: what others make would be in the pictures."""
    build.build()
    with running_stack(tmp_path_factory.mktemp("screens") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def fleet(stack: StackProcess) -> Iterator[dict[str, str]]:
    """Ids of numbers by how they are: connected, waiting, thrown out, with a webhook elsewhere; one server is down."""
    with SimulatorProcess("2.3.6", speed=SPEED) as gateway, stack.client() as api:
        server = _post(
            api, "/api/servers", name="VPS Jakarta 1", kind="evolution", base_url=gateway.url, api_key=gateway.api_key
        )
        _post(api, "/api/servers", name="VPS Singapura", kind="evolution", base_url="http://127.0.0.1:9", api_key="x")
        client = api.get("/api/clients").json()["items"][0]["id"]
        made = {}
        for how, name, label in (
            ("connected", "toko-bandung", "Toko Bandung"),
            ("waiting", "cs-jakarta", "CS Jakarta"),
            ("out", "gudang-bekasi", "Gudang Bekasi"),
            ("elsewhere", "klinik-depok", "Klinik Depok"),
        ):
            body = {"client_id": client, "instance_name": name, "label": label, "server_id": server["id"]}
            made[how] = _post(api, "/api/instances", **body)["id"]
            if how != "waiting":
                gateway.control(f"instances/{name}/pair", {"number": f"62812345678{len(made)}", "direct": True})
                _post(api, f"/api/instances/{made[how]}/connect")
        create_there(gateway, "apotek-bogor")
        gateway.control("instances/gudang-bekasi/drop", {"code": 401})
        point_elsewhere(gateway, "klinik-depok")
        past.a_day(stack.database_url)
        _post(api, "/api/health-check")
        yield made


def _post(api: Client, path: str, **body: object) -> dict[str, str]:
    made: dict[str, str] = api.post(path, json=body).raise_for_status().json()
    return made


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_screen_is_accessible_and_fits(
    browser: Browser, stack: StackProcess, fleet: dict[str, str], variant: Variant
) -> None:
    with Looking(browser, stack, variant) as looking:
        for screen in SCREENS:
            looking.go_to(screen)
            looking.at(screen)
        looking.go_to(f"nomor/{fleet['elsewhere']}")
        looking.at("instance")
        for name, address, keys in DIALOGS:
            looking.go_to(address.format(**fleet))
            looking.press(*keys)
            looking.at(name)
            looking.page.keyboard.press("Escape")
    assert looking.wrong == []


def test_the_first_run_teaches_its_three_steps(browser: Browser, stack: StackProcess) -> None:
    with Looking(browser, stack, Variant("light", 1440, "id")) as looking:
        for path in ("instances*", "servers*"):
            looking.page.route(f"**/api/{path}", lambda route: route.fulfill(json={"items": [], "next_cursor": None}))
        looking.go_to("ringkasan")

        expect(looking.page.locator("main").get_by_role("list").get_by_role("heading")).to_have_text(
            ["Tambah server", "Pilih nomor yang sudah ada", "Hubungkan"]
        )
        looking.at("first-run")
    assert looking.wrong == []


def test_the_login_page_is_accessible_and_fits(browser: Browser, stack: StackProcess) -> None:
    wrong = []
    for variant in VARIANTS:
        with Looking(browser, stack, variant, role=None) as looking:
            looking.go_to("")
            looking.at("login")
        wrong += looking.wrong
    assert wrong == []


class Looking:
    """A browser that sees the page in one variant, takes pictures, and collects what is wrong."""

    def __init__(self, browser: Browser, stack: StackProcess, variant: Variant, role: str | None = "admin") -> None:
        self._variant = variant
        self._url = stack.url
        self._words = json.loads((build.HERE / "i18n" / f"{variant.language}.json").read_text())
        self._context = browser.new_context(
            viewport={"width": variant.width, "height": HEIGHTS[variant.width]},
            color_scheme=variant.theme,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
        )
        self._context.set_default_timeout(SLOWEST_MS)
        self.page: Page = self._context.new_page()
        self.page.add_init_script(f"localStorage.setItem('sambung.lang', {json.dumps(variant.language)})")
        if role is not None:
            kept = json.dumps({"token": stack.token(role), "username": role})
            self.page.add_init_script(f"sessionStorage.setItem('sambung.session', {json.dumps(kept)})")
        self.wrong: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()

    def go_to(self, address: str) -> None:
        """Open a screen by its address, and wait until it has what it shows."""
        self.page.goto(f"{self._url}/#/{address}")
        self.page.wait_for_load_state("networkidle")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        expect(self.page.locator(".loading, .strip-empty")).to_have_count(0)

    def press(self, *keys: str) -> None:
        """Press the first button with those words, and so on; a narrow window has some in a menu."""
        for key in keys:
            button = self._button(key)
            if not button.is_visible() and self._button("numbers.more").is_visible():
                self._button("numbers.more").click()
            button.click()
        expect(self.page.get_by_role("dialog")).to_be_visible()
        expect(self.page.locator("dialog .loading")).to_have_count(0)

    def at(self, screen: str) -> None:
        """Take the picture, and ask axe and the window's width what is wrong."""
        RESULTS.mkdir(exist_ok=True)
        self.page.screenshot(path=RESULTS / f"{screen}-{self._variant}.png")
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run().then(({ violations }) => violations)")
        self.wrong += [f"{screen}: {v['id']}: {v['nodes'][0]['html']} {v['nodes'][0]['failureSummary']}" for v in found]
        for width in (ENDS[self._variant.width], self._variant.width):
            self.page.set_viewport_size({"width": width, "height": HEIGHTS[self._variant.width]})
            if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                self.wrong.append(f"{screen}: wider than a window of {width}")

    def _button(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=self._words[key], exact=False, include_hidden=True).first
