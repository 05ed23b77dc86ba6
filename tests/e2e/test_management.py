"""What one does with many numbers, servers and clients at once, and what remains of it in the log."""

import csv
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from simulator.process import SimulatorProcess
from tests.e2e.conftest import Simulate
from tests.e2e.dashboard import Dashboard
from tests.local_stack import StackProcess
from tests.vendor import create_there

Received = list[dict[str, object]]


@contextmanager
def receiving() -> Iterator[tuple[str, Received]]:
    """A web hook of somebody who wants to be told: its address, and what arrived."""
    arrived: Received = []

    class Taking(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/alerts", arrived
        finally:
            server.shutdown()


def client_with(stack: StackProcess, name: str, gateway: SimulatorProcess, instances: list[str]) -> None:
    """A client whose instances stand on a server of its own, none of them connected."""
    with stack.client() as api:
        body = {"name": f"VPS {name}", "kind": "evolution", "base_url": gateway.url, "api_key": gateway.api_key}
        server = api.post("/api/servers", json=body).raise_for_status().json()["id"]
        client = api.post("/api/clients", json={"name": name}).raise_for_status().json()["id"]
        for instance in instances:
            create_there(gateway, instance)
        if instances:
            body = {"client_id": client, "server_id": server, "instance_names": instances}
            synced = api.post("/api/instances/sync", json=body).raise_for_status().json()
            assert len(synced["synced"]) == len(instances)


def test_deleting_all_shows_what_it_touches_wants_the_count_typed_and_tells_each_ones_fate(
    dashboard: Dashboard, page: Page, simulate: Simulate, stack: StackProcess
) -> None:
    gateway = simulate("2.3.6")
    client_with(stack, "Warung Tutup", gateway, ["tutup-a", "tutup-b"])
    create_there(gateway, "milik-lain")
    dashboard.go_to("Nomor")
    page.get_by_label("Klien", exact=True).select_option(label="Warung Tutup")
    expect(dashboard.row("tutup-a")).to_be_visible()
    dashboard.button("Hapus Semua").click()
    dialog = dashboard.dialog("Hapus semua: Warung Tutup")
    expect(dialog).to_contain_text("2 instance milik Warung Tutup dihapus dari server dan Sambung.")
    delete = dialog.get_by_role("button", name="Hapus 2 instance")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Ketik 2 untuk melanjutkan").fill("2")
    delete.click()
    expect(dialog).to_contain_text("2 dari 2 selesai.")
    expect(dialog.locator("[data-state=succeeded]")).to_have_count(2)
    dialog.get_by_role("button", name="Tutup").last.click()
    expect(dashboard.row("tutup-a")).to_have_count(0)
    assert set(gateway.state()["instances"]) == {"milik-lain"}


def test_numbers_a_server_already_has_are_chosen_and_taken_in(
    dashboard: Dashboard, page: Page, simulate: Simulate, stack: StackProcess
) -> None:
    gateway = simulate("1.8.2")
    client_with(stack, "Pindahan", gateway, [])
    for name in ("lama-satu", "lama-dua"):
        create_there(gateway, name)
    dashboard.go_to("Server")
    dashboard.card("VPS Pindahan").get_by_role("button", name="Lihat Instance di Server").click()
    page.get_by_role("dialog").get_by_role("button", name="Sync dari Server").click()
    dialog = dashboard.dialog("Sync dari Server")
    dialog.get_by_label("Masuk ke klien").select_option(label="Pindahan")
    dialog.get_by_role("checkbox", name="lama-dua").uncheck()
    dialog.get_by_role("button", name="Ambil 1 instance").click()
    expect(dialog).to_contain_text("1 instance masuk, 0 sudah ada sebelumnya")
    dialog.get_by_role("button", name="Selesai").click()
    dashboard.go_to("Nomor")
    expect(dashboard.find("lama-satu")).to_be_visible()
    expect(dashboard.find("lama-dua")).to_have_count(0)


def test_a_server_that_moved_is_found_again_by_its_new_address(
    dashboard: Dashboard, simulate: Simulate, stack: StackProcess
) -> None:
    old, new = simulate("2.3.6"), simulate("2.3.6")
    client_with(stack, "Pindah Alamat", old, [])
    old.stop()
    dashboard.go_to("Server")
    card = dashboard.card("VPS Pindah Alamat")
    card.get_by_role("button", name="Cek Sekarang").click()
    expect(card).to_contain_text("Tidak bisa diakses")
    card.get_by_role("button", name="Ubah").click()
    dialog = dashboard.dialog("Ubah VPS Pindah Alamat")
    dialog.get_by_label("URL", exact=True).fill(new.url)
    dialog.get_by_role("button", name="Simpan").click()
    expect(dialog).to_be_hidden()
    expect(card).to_contain_text("Bisa diakses")
    expect(card).to_contain_text(new.url)


def test_clients_are_renamed_and_only_empty_ones_deleted(
    dashboard: Dashboard, page: Page, simulate: Simulate, stack: StackProcess
) -> None:
    client_with(stack, "Nama Lama", simulate("2.3.6"), ["milik-klien"])
    dashboard.go_to("Nomor")
    dashboard.button("Klien").click()
    dialog = dashboard.dialog("Klien")
    dialog.get_by_role("button", name="Ganti nama: Nama Lama").click()
    dialog.get_by_label("Nama klien").first.fill("Nama Baru")
    dialog.get_by_role("button", name="Simpan").click()
    expect(dialog.get_by_role("button", name="Ganti nama: Nama Baru")).to_be_visible()
    expect(dialog.get_by_role("button", name="Hapus: Nama Baru")).to_have_count(0)
    dialog.get_by_label("Nama klien").last.fill("Klien Kosong")
    dialog.get_by_role("button", name="Buat klien").click()
    dialog.get_by_role("button", name="Hapus: Klien Kosong").click()
    expect(dialog).not_to_contain_text("Klien Kosong")


def test_the_log_tells_what_was_done_follows_and_leaves_as_a_file(
    dashboard: Dashboard, page: Page, simulate: Simulate, stack: StackProcess, tmp_path: Path
) -> None:
    gateway = simulate("2.3.6")
    client_with(stack, "Tercatat", gateway, ["tercatat"])
    dashboard.go_to("Log")
    page.get_by_label("Nomor", exact=True).select_option(label="tercatat")
    lines = page.locator(".log-line")
    expect(lines.first).to_have_attribute("data-action", "sync")
    with stack.client() as api:
        (instance,) = api.get("/api/instances?q=tercatat").json()["items"]
        api.post(f"/api/instances/{instance['id']}/connect", json={}).raise_for_status()
    expect(lines.first).to_have_attribute("data-action", "connect")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Ekspor log CSV").click()
    downloading.value.save_as(tmp_path / "log.csv")
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text("utf-8-sig").splitlines()))
    assert {row["instance_name"] for row in rows} == {"tercatat"}
    assert {"sync", "connect"} <= {row["action"] for row in rows}


@pytest.mark.parametrize("answer", ["taken", "refused"])
def test_a_channel_is_tried_before_it_is_kept(dashboard: Dashboard, page: Page, answer: str) -> None:
    with receiving() as (address, arrived):
        wanted = address if answer == "taken" else "http://127.0.0.1:9/nobody"
        dashboard.go_to("Peringatan")
        dashboard.button("Tambah saluran").click()
        page.get_by_label("Jenis").select_option(label="Webhook")
        page.get_by_label("Alamat", exact=True).fill(wanted)
        page.get_by_label("Nama saluran").fill(f"Kantor {answer}")
        page.get_by_role("button", name="Kirim tes").last.click()
        if answer == "refused":
            expect(page.locator(".notice[role=alert]")).to_be_visible()
            return
        expect(page.get_by_text("Pesan tes terkirim")).to_be_visible()
        assert len(arrived) == 1
        page.get_by_role("button", name="Simpan").click()
        row = page.locator(f'[data-channel="Kantor {answer}"]')
        expect(row).to_be_visible()
        expect(row).not_to_contain_text("alerts")
        row.get_by_role("button", name="Hapus").click()
        row.get_by_role("button", name="Ya, hapus saluran").click()
        expect(row).to_have_count(0)
