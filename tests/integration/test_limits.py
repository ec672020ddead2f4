"""Rate limits over two real API processes that share a Valkey, and over its death."""

from time import monotonic

import httpx2

from core.domain.merchant import Mode
from tests.faults.site import Site, a_site
from tests.faults.waiting import until

PER_MIN, PER_S = 10, 40
WRONG = {"X-Api-Key": "key_test_unknown", "X-Api-Secret": "wrong"}
SETTINGS = {
    "GATEWAY_ENVIRONMENT": "production", "GATEWAY_RATE_LIMITS": "true",
    "GATEWAY_RATE_LIMIT_FAILURES_PER_MIN": str(PER_MIN), "GATEWAY_RATE_LIMIT_ADDRESS_PER_S": str(PER_S),
}  # fmt: skip
LITTLE = 3  # what a bucket of so few a minute may get back while a busy machine does this


async def ask(site: Site, times: int, path: str, headers: dict[str, str]) -> list[httpx2.Response]:
    """In turns of all APIs."""
    ports = list(site.ports.values())
    return [
        await site.web.get(f"http://127.0.0.1:{ports[n % len(ports)]}{path}", headers=headers)
        for n in range(times)
    ]


async def admitted_per_bucket(site: Site) -> float:
    """Of requests without a key, how many are admitted, by how many one full bucket would have admitted."""
    began = monotonic()
    answers = await ask(site, 6 * PER_S, "/api/v1/orders/none/public", {})
    took_s = monotonic() - began
    assert set(statuses(answers)) == {404, 429}
    return statuses(answers).count(404) / (PER_S + PER_S * took_s)


def statuses(answers: list[httpx2.Response]) -> list[int]:
    return [answer.status_code for answer in answers]


async def test_processes_share_a_limit_and_each_has_one_when_redis_is_away() -> None:
    async with a_site(lease_s=10.0, roles=("api", "api", "worker", "scheduler"), **SETTINGS) as site:
        created = await site.gateway.create_merchant()("Acme Stores", "owner@acme.example")
        right = {"X-Api-Key": created.keys[Mode.TEST].id, "X-Api-Secret": created.keys[Mode.TEST].secret}

        answers = await ask(site, 3 * PER_MIN, "/api/v1/merchant", WRONG)
        assert PER_MIN <= statuses(answers).count(401) <= PER_MIN + LITTLE
        assert set(statuses(answers)) == {401, 429}
        assert int(answers[-1].headers["retry-after"]) <= 6
        answers = await ask(site, 10, "/api/v1/merchant", right)
        assert statuses(answers) == [200] * 10
        assert answers[0].headers["ratelimit-policy"] == '"key";q=1000;w=1'
        assert not any("server" in answer.headers for answer in answers)  # no banner, of whatever version

        shared = await admitted_per_bucket(site)
        assert 0.5 < shared <= 1.2  # n processes may grant n lots more
        await site.valkey.kill()
        local = await admitted_per_bucket(site)
        assert 0.5 < local <= len(site.ports)  # each has a bucket of its own
        assert statuses(await ask(site, 10, "/api/v1/merchant", right)) == [200] * 10

        await site.valkey.start()

        async def is_shared_again() -> bool:
            client = site.gateway.redis()
            await ask(site, 2, "/api/v1/merchant", WRONG)
            return bool(await client.keys("gateway:bucket:failed-authentications:*"))

        await until(is_shared_again, 60.0, "the bucket is in Redis again")
        assert statuses(await ask(site, 4, "/api/v1/merchant", right)) == [200] * 4
