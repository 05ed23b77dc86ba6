"""The operational log can be filtered and taken along, without secrets and without formulas."""

import csv
import io
import json

import pytest

from sambung.edge.wiring import Parts
from sambung.store import ops_logs
from tests.calling import Api

SECRET = "B6D711FCDE4D4FD5936544120E713976"


@pytest.fixture
def logged(parts: Parts) -> None:
    """Two lines, one of a hostile name and a detail that should never have been kept."""
    with parts.database.transaction() as connection:
        ops_logs.write(
            connection,
            ops_logs.Entry(
                action="connect",
                status="failed",
                instance_name="=cmd|' /C calc'!A0",
                actor="@ani",
                correlation_id="c-1",
                error_code="server_error",
                latency_ms=12,
                detail={"said": f"apikey: {SECRET}", "n": 3, "none": None},
            ),
        )
        ops_logs.write(
            connection,
            ops_logs.Entry(action="delete", status="ok", instance_name="toko", actor="budi", correlation_id="c-2"),
        )


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["delete", "connect"]),
        ("?action=connect", ["connect"]),
        ("?status=ok", ["delete"]),
        ("?from=2100-01-01T00:00:00Z", []),
        ("?to=2100-01-01", ["delete", "connect"]),
        ("?limit=1", ["delete"]),
    ],
)
def test_the_log_is_filtered(api: Api, query: str, expected: list[str]) -> None:
    assert [line["action"] for line in api.get(f"/api/ops-logs{query}").json["items"]] == expected


@pytest.mark.parametrize("query", ["?status=odd", "?from=yesterday", "?from=2026-02-02&to=2026-01-01", "?format=xls"])
def test_a_wrong_filter_is_told(api: Api, query: str) -> None:
    path = "/api/ops-logs/export" if "format" in query else "/api/ops-logs"
    assert (api.get(path + query).status, api.get(path + query).json["code"]) == (422, "invalid_request")


@pytest.mark.usefixtures("logged")
def test_a_spreadsheet_sees_text_and_no_formula(api: Api) -> None:
    reply = api.get("/api/ops-logs/export?format=csv")
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert "attachment" in reply.headers["content-disposition"]
    assert [row["action"] for row in rows] == ["delete", "connect"]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("kind", ["csv", "json", "txt"])
def test_no_file_holds_a_secret(api: Api, kind: str) -> None:
    reply = api.get(f"/api/ops-logs/export?format={kind}")
    assert reply.status == 200
    assert "connect" in reply.text
    assert SECRET not in reply.text
    if kind == "json":
        assert json.loads(reply.text)[1]["latency_ms"] == 12
