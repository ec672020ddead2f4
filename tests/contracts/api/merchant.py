"""The merchant's settings, as API.md has them."""

from tests.contracts.api.client import Api, Json, made, refused


async def test_a_merchant_sees_their_settings_and_the_keys_of_this_mode(api: Api):
    assert api.live is not None
    shown = made(await api.get("merchant"))
    assert shown.keys() == {
        "id", "name", "email", "mode", "checkout_origins", "return_urls", "theme", "keys",
    }  # fmt: skip
    assert (shown["id"], shown["name"], shown["mode"]) == (api.merchant_id, "Acme Stores", "test")
    assert (shown["checkout_origins"], shown["return_urls"], shown["theme"]) == ([], [], {})
    [key] = shown["keys"]
    assert key.keys() == {"id", "mode", "created_at", "revoked_at"}
    assert (key["id"], key["mode"], key["revoked_at"]) == (api.credentials["X-Api-Key"], "test", None)
    [key] = made(await api.live.get("merchant"))["keys"]
    assert key["id"] == api.live.credentials["X-Api-Key"]
    assert api.credentials["X-Api-Secret"] not in str(shown)


async def test_settings_are_changed_where_named(api: Api):
    before = made(await api.get("merchant"))
    assert made(await api.patch("merchant", {})) == before
    changes = {
        "name": "Acme & Söhne",
        "checkout_origins": ["https://shop.example", "http://localhost:3000", "https://[2001:db8::1]:8443"],
        "return_urls": ["https://shop.example/thanks?a=b", "http://127.0.0.1:3000/"],
        "theme": {"color": "#0B7A75"},
    }
    assert made(await api.patch("merchant", changes)) == before | changes
    assert made(await api.patch("merchant", {"theme": {}, "email": "x@y.example"})) == before | changes | {
        "theme": {}
    }
    assert made(await api.get("merchant"))["name"] == "Acme & Söhne"


WRONG: list[tuple[Json, str]] = [
    ({"name": ""}, "name"), ({"name": None}, "name"), ({"name": "x" * 256}, "name"),
    ({"theme": {"color": "red"}}, "theme.color"), ({"theme": {"color": "#12345"}}, "theme.color"),
    ({"theme": {"color": "#0b7a75;}"}}, "theme.color"), ({"theme": "dark"}, "theme"),
    ({"checkout_origins": "https://shop.example"}, "checkout_origins"),
    ({"checkout_origins": ["https://shop.example"] * 21}, "checkout_origins"),
]  # fmt: skip


async def test_a_wrong_setting_is_named(api: Api):
    for body, field in WRONG:
        refused(await api.patch("merchant", body), 400, field=field)


WRONG_ORIGINS: list[object] = [
    "https://shop.example/", "https://shop.example/pay", "shop.example", "*", "null", "https://*.example",
    "HTTPS://shop.example", "https://Shop.example", "https://shop.example:99999", "javascript:alert(1)",
    "https://shop.example:0", "https://u@shop.example", "https://shop.example?x", "https://", "https://a b",
    "ftp://shop.example", "https://shop.example\n", 7,
]  # fmt: skip


async def test_a_checkout_origin_is_exact(api: Api):
    for origin in WRONG_ORIGINS:
        refused(await api.patch("merchant", {"checkout_origins": [origin]}), 400, field="checkout_origins.0")


WRONG_URLS: list[object] = [
    "/thanks", "shop.example/thanks", "javascript:alert(1)", "data:text/html,x", "https://", "//shop.example",
    "https://u:p@shop.example/", "https://shop.example:99999/", "https://shop.example/ x",
    "https://shop.example\\@evil.example", "https://[::1", "\nhttps://shop.example", 7,
]  # fmt: skip


async def test_a_return_url_is_absolute(api: Api):
    for url in WRONG_URLS:
        refused(await api.patch("merchant", {"return_urls": [url]}), 400, field="return_urls.0")
