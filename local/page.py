"""Serves the built page as the bucket behind CloudFront does, with the headers that template.yaml gives it."""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from local.events import Answer

COMPRESSED = ("text/", "application/json", "image/svg", "application/manifest")
NOT_BUILT = "The page is not built yet: run `make up`, which builds it.\n"


class Page:
    """The files below `folder`, and config.json."""

    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        self._folder = folder
        self._headers = tuple(_local_headers(headers).items())

    def answer(self, path: str, request_headers: Mapping[str, str]) -> Answer | None:
        """The file for a path, or None when there is none."""
        name = path.lstrip("/") or "index.html"
        file = (self._folder / name).resolve()
        if not file.is_relative_to(self._folder.resolve()) or not file.is_file():
            missing = name == "index.html"
            return self._with_headers(503, "text/plain; charset=utf-8", NOT_BUILT.encode()) if missing else None
        content, etag = _content(file, file.stat().st_mtime_ns)
        if etag in request_headers.get("if-none-match", ""):
            return Answer(304, (("etag", etag), *self._headers), b"")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        extra: tuple[tuple[str, str], ...] = (("etag", etag), ("cache-control", "no-cache"))
        if kind.startswith(COMPRESSED) and "gzip" in request_headers.get("accept-encoding", ""):
            content = _compressed(content)
            extra += (("content-encoding", "gzip"), ("vary", "accept-encoding"))
        return self._with_headers(200, kind, content, *extra)

    def config(self, origin: str, issuer: str, client_id: str, auth_path: str) -> Answer:
        """What the page needs to know; API and login stand behind its own origin here."""
        config = {"api": origin, "issuer": issuer, "client_id": client_id, "auth_url": origin + auth_path}
        return self._with_headers(200, "application/json", json.dumps(config).encode(), ("cache-control", "no-store"))

    def _with_headers(self, status: int, kind: str, body: bytes, *more: tuple[str, str]) -> Answer:
        return Answer(status, (("content-type", kind), *more, *self._headers), body)


def _local_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The policy as it is, but connecting to nothing else than the own origin."""
    return {
        name: re.sub(r"connect-src [^;]*", "connect-src 'self'", value) if "Content-Security" in name else value
        for name, value in headers.items()
    }


@lru_cache(maxsize=256)
def _content(file: Path, _changed_ns: int) -> tuple[bytes, str]:
    content = file.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@lru_cache(maxsize=256)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
