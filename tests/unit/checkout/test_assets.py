"""The files: addressed by content, immutable, and known to the browser by their hash."""

import gzip
import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from entrypoints.checkout.assets import HERE, Asset, current, versions
from tests.contracts.api.client import Api

SDK = Path(__file__).parents[3] / "checkout_sdk" / "lib" / "checkout.js"
LIMIT_SDK, LIMIT_ALL = 3_000, 30_000


async def test_the_script_is_served_now_and_for_ever(api: Api) -> None:
    script = await api.client.get("/checkout.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=300"
    known = (await api.client.get("/checkout.js.json")).json()
    assert known["integrity"] == "sha384-" + b64encode(hashlib.sha384(script.content).digest()).decode()
    pinned = await api.client.get(known["url"].removeprefix("https://pay.example"))
    assert pinned.content == script.content
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert pinned.headers["access-control-allow-origin"] == "*"  # without it no integrity check
    assert (await api.client.get("/checkout/v/0000000000000000/checkout.js")).status_code == 404


async def test_what_the_browser_has_is_not_sent_again(api: Api) -> None:
    first = await api.client.get("/checkout.js")
    again = await api.client.get("/checkout.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_earlier_builds_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "0.0.1.js").write_text("old();")
    monkeypatch.setattr("entrypoints.checkout.assets.KEPT", tmp_path)
    versions.cache_clear()
    assert versions().keys() == {hashlib.sha256(b"old();").hexdigest()[:16], current("checkout.js").hash}
    versions.cache_clear()


async def test_the_pages_files_have_their_content_in_their_address(api: Api) -> None:
    order = await api.order()
    page = (await api.client.get("/checkout", params={"order_id": order["id"]})).text
    for name in ("page.js", "page.css"):
        path = f"checkout/assets/{current(name).hash}/{name}"
        assert f'"{path}"' in page
        answer = await api.client.get("/" + path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert (await api.client.get(f"/checkout/assets/other/{name}")).status_code == 404
    assert (
        await api.client.get(f"/checkout/assets/{current('checkout.js').hash}/checkout.js")
    ).status_code == 404


def test_compression_is_the_same_everywhere() -> None:
    asset = Asset.of(b"x" * 1000, "text/css")
    assert asset.gzipped == Asset.of(b"x" * 1000, "text/css").gzipped
    assert gzip.decompress(asset.gzipped) == asset.body


def test_the_gateway_serves_what_the_sdk_ships() -> None:
    assert (HERE / "checkout.js").read_bytes() == SDK.read_bytes()


def test_small_enough() -> None:
    assert len(current("checkout.js").gzipped) < LIMIT_SDK
    assert sum(len(current(name).gzipped) for name in ("checkout.js", "page.js", "page.css")) < LIMIT_ALL
