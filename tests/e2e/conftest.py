"""A real browser before the whole local stack, with simulated gateways behind it."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as BrowserError

from frontend import build
from simulator.process import SimulatorProcess
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess, running_stack

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
RESULTS = build.HERE.parent / "test-results"
# The gateways' own waits of seconds become fractions of one; a QR code still lives for several seconds.
SPEED = 10.0
SLOWEST_MS = 20_000

expect.set_options(timeout=SLOWEST_MS)

Simulate = Callable[[str], SimulatorProcess]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """The local stack with the page built from the present sources."""
    build.build()
    with running_stack(tmp_path_factory.mktemp("e2e") / "home") as running:
        yield running


@pytest.fixture
def simulate() -> Iterator[Simulate]:
    """Starts simulated gateways that end with the test."""
    with ExitStack() as running:
        yield lambda version: running.enter_context(SimulatorProcess(version, speed=SPEED))


# Not for the whole session: while it runs no other test could start an event loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else Playwright's own."""
    system = str(SYSTEM_CHROMIUM) if SYSTEM_CHROMIUM.exists() else None
    with sync_playwright() as playwright:
        try:
            # A graphics processor that is only imitated costs half a core for each window, even while nothing moves.
            launched = playwright.chromium.launch(executable_path=system, args=["--disable-gpu"])
        except BrowserError:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip("no Chromium: run `.venv/bin/playwright install chromium`")
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile of a person in Jakarta."""
    fresh = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="id-ID", timezone_id="Asia/Jakarta", color_scheme="light"
    )
    fresh.set_default_timeout(SLOWEST_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty tab; the test fails when anything in it raised or broke the policy."""
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield tab
    RESULTS.mkdir(exist_ok=True)
    tab.screenshot(path=RESULTS / f"{re.sub(r'[^a-z0-9.]+', '-', request.node.name.lower()).strip('-')}.png")
    assert wrong == []


@pytest.fixture
def dashboard(page: Page, stack: StackProcess) -> Dashboard:
    """The page as an admin has it after logging in."""
    shown = Dashboard(page, stack.url)
    shown.open()
    shown.log_in("admin", stack.password)
    return shown
