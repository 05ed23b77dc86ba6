"""The story of the product: create, scan, connected; on both generations of gateway, with and without webhooks."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import RESULTS, Simulate
from tests.e2e.dashboard import Dashboard
from tests.e2e.scanning import scan

NUMBER = "6281234567890"


@pytest.mark.parametrize("webhooks", ["arriving", "lost"])
@pytest.mark.parametrize("version", ["1.8.2", "2.3.6"])
def test_an_instance_goes_from_create_to_qr_to_connected_without_a_reload(
    dashboard: Dashboard, page: Page, simulate: Simulate, version: str, webhooks: str
) -> None:
    gateway, server = simulate(version), f"VPS {version} {webhooks}"
    gateway.control("webhooks", {"deliver": webhooks == "arriving"})
    dashboard.add_server(server, gateway)
    label = f"Toko {version} {webhooks}"
    name = label.lower().replace(" ", "-").replace(".", "")

    dashboard.create_instance(label, server, NUMBER)
    page.evaluate("window.loadedOnce = true")
    dialog = dashboard.dialog(f"Hubungkan {label}")
    picture = dialog.get_by_role("img", name=f"Kode QR untuk {label}")
    expect(picture).to_be_visible()
    expect(dialog).to_contain_text(f"Buka WhatsApp di HP nomor {NUMBER}")
    assert scan(page, picture).startswith("2@")
    page.screenshot(path=RESULTS / f"qr-{version}-{webhooks}.png")

    gateway.control(f"instances/{name}/pair", {"number": NUMBER, "profile_name": "Budi"})

    expect(dialog).to_contain_text(f"Tersambung: nomor {NUMBER}")
    expect(picture).to_be_hidden()
    dialog.get_by_role("button", name="Selesai").click()
    row = dashboard.find(name)
    expect(row).to_contain_text("Tersambung")
    expect(row).to_contain_text(NUMBER)
    expect(row.get_by_role("button", name="Hubungkan (QR)")).to_have_count(0)
    assert page.evaluate("window.loadedOnce") is True


def test_scanning_with_another_phone_is_told_with_both_numbers(dashboard: Dashboard, simulate: Simulate) -> None:
    gateway = simulate("2.3.6")
    dashboard.add_server("VPS lain", gateway)
    dashboard.create_instance("Salah HP", "VPS lain", NUMBER)
    dialog = dashboard.dialog("Hubungkan Salah HP")
    expect(dialog.get_by_role("img")).to_be_visible()

    gateway.control("instances/salah-hp/pair", {"number": "6289999999999"})

    expect(dialog).to_contain_text(f"QR dipindai dengan HP lain: seharusnya {NUMBER}, sekarang 6289999999999.")


def test_deleting_asks_first_with_the_impact_and_then_it_is_gone_on_the_server_too(
    dashboard: Dashboard, simulate: Simulate
) -> None:
    gateway = simulate("2.3.6")
    dashboard.add_server("VPS hapus", gateway)
    dashboard.create_instance("Dihapus", "VPS hapus")
    dashboard.page.keyboard.press("Escape")
    dashboard.find("dihapus").get_by_role("link", name="Dihapus").click()

    dashboard.button("Hapus").click()
    dialog = dashboard.dialog("Hapus Dihapus?")
    expect(dialog).to_contain_text("Nomor berhenti menerima pesan dan harus scan QR lagi.")
    dialog.get_by_role("button", name="Batal").click()
    expect(dialog).to_be_hidden()
    assert "dihapus" in gateway.state()["instances"]

    dashboard.button("Hapus").click()
    dialog.get_by_role("button", name="Hapus").click()

    expect(dialog).to_be_hidden()
    dashboard.go_to("Nomor")
    expect(dashboard.find("dihapus")).to_be_hidden()
    assert "dihapus" not in gateway.state()["instances"]


def test_what_the_server_itself_lists_is_shown_managed_or_not(dashboard: Dashboard, simulate: Simulate) -> None:
    gateway = simulate("1.8.2")
    dashboard.add_server("VPS daftar", gateway)
    dashboard.create_instance("Terdaftar", "VPS daftar")
    dashboard.page.keyboard.press("Escape")
    dashboard.go_to("Server")

    dashboard.card("VPS daftar").get_by_role("button", name="Lihat Instance di Server").click()

    listed = dashboard.dialog("Instance di VPS daftar").get_by_role("row", name="terdaftar")
    expect(listed).to_contain_text("Dikelola")
