"""API keys over REST: made, listed, rolled, revoked, expired; and what each scope may do."""

import asyncio

import pytest

from config.container import Gateway
from core.domain.merchant import Scope
from entrypoints.api.app import routes
from entrypoints.api.routing import Door
from tests.contracts.api.client import Api, Json, made, payment_of, refused
from tests.contracts.api.fixtures import Later

SHOWN = {
    "id", "mode", "scope", "description", "secret_prefix", "created_at", "expires_at", "revoked_at",
    "replaced_by", "last_used_at",
}  # fmt: skip
DAY_S = 24 * 3600
# What a checkout key may do, and nothing else; every other route needs more.
FOR_CHECKOUT = {
    "POST /api/v1/payments", "GET /api/v1/payments/{id}", "GET /api/v1/orders/{id}",
    "GET /api/v1/orders/{id}/payments",
}  # fmt: skip
FOR_FULL_ONLY = {"GET /api/v1/api_keys", "GET /api/v1/api_keys/{id}"}  # of those that only look
GUARDED = {
    f"{min(route.methods or (), key=lambda name: name == 'HEAD')} {route.path}"
    for route in routes(is_development=False)
    if isinstance(route.endpoint, Door) and not route.endpoint.is_public
}


def with_key(api: Api, key: Json) -> Api:
    credentials = {"X-Api-Key": key["id"], "X-Api-Secret": key["secret"]}
    return Api(api.client, credentials, api.merchant_id, api.name)


async def make(api: Api, **wanted: object) -> Json:
    return made(await api.post("api_keys", wanted), 201)


async def settled(gateway: Gateway) -> None:
    """Until what is done behind the requests' backs is done."""
    while behind := [task for task in asyncio.all_tasks() if task.get_name() == "last-uses"]:
        await asyncio.wait(behind)


async def test_a_key_is_made_and_its_secret_shown_once(api: Api):
    key = await make(api, description="Web shop")
    assert key.keys() == SHOWN | {"secret"}
    assert (key["mode"], key["scope"], key["description"]) == ("test", "full", "Web shop")
    assert (key["expires_at"], key["revoked_at"], key["last_used_at"]) == (None, None, None)
    assert key["id"].startswith("key_test_")
    assert key["secret"].startswith(key["secret_prefix"])
    assert len(key["secret"]) - len(key["secret_prefix"]) >= 28, "it cannot be guessed from what is shown"
    assert made(await with_key(api, key).get("merchant"))["id"] == api.merchant_id
    shown = made(await api.get(f"api_keys/{key['id']}"))
    assert shown.keys() == SHOWN
    assert key["secret"] not in str(shown) + str(made(await api.get("api_keys")))


async def test_keys_are_listed_newest_first_and_by_page(api: Api, later: Later):
    made_ids = [api.credentials["X-Api-Key"]]
    for _ in range(3):
        await later(1)
        made_ids.append((await make(api))["id"])
    assert [key["id"] for key in made(await api.get("api_keys"))["data"]] == made_ids[::-1]
    first = made(await api.get("api_keys", limit=2))
    assert first["has_more"]
    rest = made(await api.get("api_keys", starting_after=first["data"][-1]["id"]))
    assert [key["id"] for key in first["data"] + rest["data"]] == made_ids[::-1]
    newer = made(await api.get("api_keys", ending_before=made_ids[1]))
    assert [key["id"] for key in newer["data"]] == made_ids[:1:-1]
    refused(await api.get("api_keys", starting_after="key_test_0"), 404, "NOT_FOUND_ERROR")
    refused(await api.get("api_keys", starting_after="order_x"), 404, "NOT_FOUND_ERROR")


async def test_a_rolled_key_works_beside_its_successor_for_a_day(api: Api, later: Later):
    old = await make(api, scope="read_only", description="Report")
    new = made(await api.post(f"api_keys/{old['id']}/roll"), 201)
    assert (new["scope"], new["description"], new["expires_at"]) == ("read_only", "Report", None)
    shown = made(await api.get(f"api_keys/{old['id']}"))
    assert shown["replaced_by"] == new["id"]
    assert shown["expires_at"] is not None
    for seconds in (0, DAY_S - 60):
        await later(seconds)
        for key in (old, new):
            made(await with_key(api, key).get("merchant"))
    await later(120)
    refused(await with_key(api, old).get("merchant"), 401, "AUTHENTICATION_ERROR")
    made(await with_key(api, new).get("merchant"))
    refused(await api.post(f"api_keys/{old['id']}/roll"), 400, reason="api_key_not_active")


async def test_the_overlap_may_be_set(api: Api, later: Later):
    first, second = await make(api), await make(api)
    made(await api.post(f"api_keys/{first['id']}/roll", {"overlap_s": 0}), 201)
    made(await api.post(f"api_keys/{second['id']}/roll", {"overlap_s": 60}), 201)
    await later(4)  # what is known of keys may be three seconds old
    refused(await with_key(api, first).get("merchant"), 401, "AUTHENTICATION_ERROR")
    made(await with_key(api, second).get("merchant"))
    await later(60)
    refused(await with_key(api, second).get("merchant"), 401, "AUTHENTICATION_ERROR")
    for wrong in (-1, 7 * DAY_S + 1, 1.5, "60", True):
        answer = await api.post(f"api_keys/{first['id']}/roll", {"overlap_s": wrong})
        refused(answer, 400, field="overlap_s")


async def test_a_key_is_rolled_once(api: Api):
    key = await make(api)
    new = made(await api.post(f"api_keys/{key['id']}/roll"), 201)
    refused(await api.post(f"api_keys/{key['id']}/roll"), 400, reason="api_key_not_active")
    made(await api.post(f"api_keys/{new['id']}/roll"), 201)


async def test_one_idempotency_key_makes_one_key(api: Api):
    first, again = [await api.post("api_keys", {}, key="k1") for _ in range(2)]
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    shown = made(await api.get("idempotency_keys/k1"))
    assert shown["response"] is None, "a secret is not shown again to whoever may look"
    key = made(first, 201)
    rolled = [await api.post(f"api_keys/{key['id']}/roll", {}, key="k2") for _ in range(2)]
    assert rolled[0].content == rolled[1].content
    assert len(made(await api.get("api_keys"))["data"]) == 3


async def test_a_revoked_key_is_wrong_for_good(api: Api, later: Later):
    key = await make(api)
    other = with_key(api, key)
    made(await other.get("merchant"))
    revoked = made(await api.post(f"api_keys/{key['id']}/revoke"))
    assert revoked["revoked_at"] is not None
    await later(4)
    refused(await other.get("merchant"), 401, "AUTHENTICATION_ERROR", "invalid_credentials")
    assert made(await api.post(f"api_keys/{key['id']}/revoke"))["revoked_at"] == revoked["revoked_at"]
    refused(await api.post(f"api_keys/{key['id']}/roll"), 400, reason="api_key_not_active")


async def test_a_key_ends_when_it_was_told_to(api: Api, later: Later):
    key = await make(api, expires_in=60)
    made(await with_key(api, key).get("merchant"))
    await later(59)
    made(await with_key(api, key).get("merchant"))
    await later(2)
    refused(await with_key(api, key).get("merchant"), 401, "AUTHENTICATION_ERROR")


async def test_a_successor_lives_as_long_as_its_key_was_made_to(api: Api, later: Later):
    key = await make(api, expires_in=60)
    await later(30)
    new = made(await api.post(f"api_keys/{key['id']}/roll"), 201)
    await later(40)
    refused(await with_key(api, key).get("merchant"), 401, "AUTHENTICATION_ERROR")
    made(await with_key(api, new).get("merchant"))
    await later(30)
    refused(await with_key(api, new).get("merchant"), 401, "AUTHENTICATION_ERROR")


async def test_the_last_use_is_told_within_minutes_and_not_each_time(
    api: Api, gateway: Gateway, later: Later
):
    key = await make(api)
    assert made(await api.get(f"api_keys/{key['id']}"))["last_used_at"] is None
    made(await with_key(api, key).get("merchant"))
    await settled(gateway)
    first = made(await api.get(f"api_keys/{key['id']}"))["last_used_at"]
    assert first is not None
    await later(30)
    made(await with_key(api, key).get("merchant"))
    await settled(gateway)
    assert made(await api.get(f"api_keys/{key['id']}"))["last_used_at"] == first
    await later(40)
    made(await with_key(api, key).get("merchant"))
    await settled(gateway)
    [shown] = [shown for shown in made(await api.get("api_keys"))["data"] if shown["id"] == key["id"]]
    assert shown["last_used_at"] > first


async def test_a_wrong_secret_is_no_use(api: Api, gateway: Gateway):
    key = await make(api)
    wrong = with_key(api, key | {"secret": key["secret"][:-1] + "!"})
    refused(await wrong.get("merchant"), 401, "AUTHENTICATION_ERROR")
    await settled(gateway)
    assert made(await api.get(f"api_keys/{key['id']}"))["last_used_at"] is None


WRONG: list[tuple[Json, str]] = [
    ({"scope": "admin"}, "scope"), ({"scope": None}, "scope"), ({"scope": ["full"]}, "scope"),
    ({"description": "x" * 256}, "description"), ({"expires_in": 0}, "expires_in"),
    ({"expires_in": "60"}, "expires_in"), ({"expires_in": 365 * DAY_S + 1}, "expires_in"),
]  # fmt: skip


async def test_what_is_wrong_with_a_wanted_key_is_named(api: Api):
    for body, field in WRONG:
        refused(await api.post("api_keys", body), 400, field=field)


async def test_there_may_be_fifty_that_work(api: Api):
    keys = [await make(api) for _ in range(49)]
    refused(await api.post("api_keys", {}), 400, reason="too_many_api_keys")
    refused(await api.post(f"api_keys/{keys[0]['id']}/roll"), 400, reason="too_many_api_keys")
    made(await api.post(f"api_keys/{keys[0]['id']}/roll", {"overlap_s": 0}), 201)
    made(await api.post(f"api_keys/{keys[1]['id']}/revoke"))
    await make(api)


async def test_test_and_live_are_apart(api: Api):
    assert api.live is not None
    live = await make(api.live)
    assert (live["mode"], live["id"][:9], live["secret"][:12]) == ("live", "key_live_", "secret_live_")
    listed = made(await api.get("api_keys"))["data"]
    assert {key["mode"] for key in listed} == {"test"}
    for path in (f"api_keys/{live['id']}/revoke", f"api_keys/{live['id']}/roll"):
        refused(await api.post(path), 404, "NOT_FOUND_ERROR")
    order = await api.order()
    refused(await with_key(api, live).get(f"orders/{order['id']}"), 404, "NOT_FOUND_ERROR")
    mixed = with_key(api, live | {"id": live["id"].replace("live", "test")})
    refused(await mixed.get("merchant"), 401, "AUTHENTICATION_ERROR")


async def test_a_key_that_looks_changes_nothing(api: Api):
    order, key = await api.order(), await make(api, scope="read_only")
    looking = with_key(api, key)
    for path in ("merchant", "orders", f"orders/{order['id']}", "payments", "events", "webhooks"):
        made(await looking.get(path))
    for path, body in (("orders", {"amount": 100}), ("payments", payment_of(order)), ("api_keys", {})):
        error = refused(await looking.post(path, body), 403, "PERMISSION_ERROR", "scope_missing")
        assert "full" in error["description"]
        assert "read_only" in error["description"]
    refused(await looking.get("api_keys"), 403, "PERMISSION_ERROR", "scope_missing")
    assert made(await api.get("payments"))["data"] == []


async def test_a_checkout_key_pays_an_order_and_sees_it(api: Api):
    order, key = await api.order(), await make(api, scope="checkout")
    checkout = with_key(api, key)
    payment = await checkout.pay(order)
    made(await checkout.get(f"payments/{payment['id']}"))
    made(await checkout.get(f"orders/{order['id']}"))
    made(await checkout.get(f"orders/{order['id']}/payments"))
    error = refused(await checkout.post("orders", {"amount": 100}), 403, "PERMISSION_ERROR", "scope_missing")
    assert "needs an API key with the scope full" in error["description"]
    error = refused(await checkout.get("payments"), 403, "PERMISSION_ERROR", "scope_missing")
    assert "full or read_only" in error["description"]


@pytest.mark.parametrize("scope", Scope)
async def test_every_route_asks_for_its_scope_before_anything_else(api: Api, scope: Scope):
    key = await make(api, scope=scope)
    for route in GUARDED:
        method, _, template = route.partition(" ")
        path = template.replace("{id}", "nonsense").replace("{key:path}", "nonsense")
        answer = await with_key(api, key).send(method, path, content=b"{" if method != "GET" else b"")
        may = {
            Scope.FULL: True,
            Scope.READ_ONLY: method == "GET" and route not in FOR_FULL_ONLY,
            Scope.CHECKOUT: route in FOR_CHECKOUT,
        }[scope]
        assert (answer.status_code != 403) is may, (route, answer.text)
        if not may:
            refused(answer, 403, "PERMISSION_ERROR", "scope_missing")


async def test_what_is_done_with_keys_is_written_down(api: Api, gateway: Gateway):
    key = await make(api, scope="checkout")
    new = made(await api.post(f"api_keys/{key['id']}/roll"), 201)
    made(await api.post(f"api_keys/{key['id']}/revoke"))
    made(await api.post(f"api_keys/{key['id']}/revoke"))
    async with gateway.uow().begin() as tx:
        written = [*await tx.audit.of(key["id"]), *await tx.audit.of(new["id"])]
    actor = api.credentials["X-Api-Key"]
    assert sorted((entry.actor, entry.action) for entry in written) == [
        (actor, "api_key.create"), (actor, "api_key.create"), (actor, "api_key.revoke"), (actor, "api_key.roll"),
    ]  # fmt: skip
    [rolled] = [entry for entry in written if entry.action == "api_key.roll"]
    assert (rolled.before["replaced_by"], rolled.after["replaced_by"]) == (None, new["id"])
    assert key["secret"] not in str(written)
    assert new["secret"] not in str(written)
