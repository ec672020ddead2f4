"""The files a browser gets, each under an address that changes with its content."""

import gzip
import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

HERE = Path(__file__).parent / "assets"
KEPT = HERE / "kept"  # earlier builds of checkout.js, which merchants may have pinned

JAVASCRIPT, STYLES = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
FOR_MINUTES = "public, max-age=300"
MIN_GZIP_BYTES = 500


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, ready to be sent. `integrity` is what a `<script integrity>` wants (W3C SRI)."""

    body: bytes
    gzipped: bytes
    media_type: str
    hash: str
    integrity: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> "Asset":
        integrity = "sha384-" + b64encode(hashlib.sha384(body).digest()).decode()
        hash = hashlib.sha256(body).hexdigest()[:16]
        return cls(body, gzip.compress(body, 9, mtime=0), media_type, hash, integrity)

    def answer(self, request: Request, caching: str) -> Response:
        """The file, or 304 when the browser has it."""
        headers = {
            "Cache-Control": caching,
            "ETag": f'"{self.hash}"',
            "Vary": "Accept-Encoding",
            # Any shop may load it, also with an integrity hash, which needs CORS.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if f'"{self.hash}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return packed(request, self.body, self.media_type, headers, gzipped=self.gzipped)


@cache
def current(name: str) -> Asset:
    """`checkout.js`, `page.js` or `page.css`."""
    return Asset.of((HERE / name).read_bytes(), STYLES if name.endswith(".css") else JAVASCRIPT)


@cache
def versions() -> dict[str, Asset]:
    """Every build of checkout.js that is served, by its hash: a pinned script must work for ever."""
    kept = [Asset.of(path.read_bytes(), JAVASCRIPT) for path in sorted(KEPT.glob("*.js"))]
    return {asset.hash: asset for asset in (*kept, current("checkout.js"))}


def packed(
    request: Request, body: bytes, media_type: str, headers: dict[str, str],
    *, status: int = 200, gzipped: bytes | None = None,
) -> Response:  # fmt: skip
    """The answer, compressed if the browser takes it and it is worth it."""
    headers = {**headers, "Content-Type": media_type}
    if len(body) >= MIN_GZIP_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 6, mtime=0) if gzipped is None else gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers)
