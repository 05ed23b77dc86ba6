"""What a person does on the page, in the person's words; shared by the browser tests."""

from playwright.sync_api import Locator, Page, expect

from simulator.process import SimulatorProcess


class Dashboard:
    """The page in one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url

    def open(self) -> None:
        """Load it: the only load there should ever be."""
        self.page.goto(self._url)

    def log_in(self, username: str, password: str) -> None:
        """Log in from the login page, in either language."""
        self.fill_login(username, password)
        expect(self.page.get_by_role("navigation").first).to_be_visible()

    def fill_login(self, username: str, password: str) -> None:
        """Send the login form, whatever comes of it."""
        form = self.page.locator("form")
        form.locator("input[name=username]").fill(username)
        form.locator("input[name=password]").fill(password)
        form.get_by_role("button").click()

    def add_server(self, name: str, gateway: SimulatorProcess, *, key: str | None = None) -> None:
        """Add a server by its dialog, and close it."""
        self.go_to("Server")
        self.button("Tambah server").first.click()
        dialog = self.dialog("Tambah server")
        dialog.get_by_label("Nama", exact=True).fill(name)
        dialog.get_by_label("URL", exact=True).fill(gateway.url)
        dialog.get_by_label("API key").fill(key or gateway.api_key)
        dialog.get_by_role("button", name="Cek dan tambah").click()
        dialog.get_by_role("button", name="Selesai").click()
        expect(dialog).to_be_hidden()

    def create_instance(self, label: str, server: str, number: str = "") -> None:
        """Create an instance on a server by its dialog; ends in the QR dialog."""
        self.go_to("Nomor")
        self.button("Buat Instance").first.click()
        dialog = self.dialog("Buat Instance")
        dialog.get_by_label("Label").fill(label)
        if number:
            dialog.get_by_label("Nomor WhatsApp").fill(number)
        choice = dialog.get_by_label("Server", exact=True)
        if choice.count():
            choice.select_option(label=server)
        dialog.get_by_role("button", name="Buat Instance").click()
        expect(self.dialog(f"Hubungkan {label}")).to_be_visible()

    def go_to(self, screen: str) -> None:
        """Change the screen by the navigation."""
        self.page.get_by_role("navigation").get_by_role("link", name=screen, exact=True).click()

    def dialog(self, title: str) -> Locator:
        """The open dialog of that title."""
        return self.page.get_by_role("dialog", name=title, exact=True)

    def row(self, instance_name: str) -> Locator:
        """The row of an instance on the screen Nomor."""
        return self.page.locator(f'[data-instance="{instance_name}"]')

    def find(self, instance_name: str) -> Locator:
        """Its row on the screen Nomor, filtered by its name: of a long list only what is near the window is drawn."""
        self.page.evaluate("at => { location.hash = at }", f"#/nomor?q={instance_name}")
        return self.row(instance_name)

    def card(self, server: str) -> Locator:
        """The card of a server on the screen Server."""
        return self.page.locator(f'[data-server="{server}"]')

    def button(self, name: str) -> Locator:
        """Buttons of that name on the screen."""
        return self.page.get_by_role("button", name=name)
