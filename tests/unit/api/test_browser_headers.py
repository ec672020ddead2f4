"""What every answer tells a browser, and who may read it from elsewhere."""

from typing import Any

import httpx2
import pytest
from starlette.routing import Route

from config.in_memory import in_memory
from entrypoints.api.app import create_app

ANYWHERE = {
    "/checkout.js",
    "/checkout.js.json",
    "/checkout/v/{hash}/checkout.js",
    "/checkout/assets/{hash}/{name}",
}
ORIGIN = {"Origin": "https://elsewhere.example"}
PREFLIGHT = ORIGIN | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


async def every_answer(**settings: Any) -> dict[str, httpx2.Response]:
    """One of each route and method, and of what is no route; none of them a success that matters."""
    app = create_app(in_memory(**settings))
    transport = httpx2.ASGITransport(app)
    answers = {}
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for route in [route for route in app.routes if isinstance(route, Route)] + [Route("/nothing", app)]:
            for method in sorted({*(route.methods or ()), "OPTIONS", "TRACE"}):
                headers = PREFLIGHT if method == "OPTIONS" else ORIGIN
                async with client.stream(method, route.path, headers=headers) as answer:
                    answers[f"{method} {route.path}"] = answer
    return answers


@pytest.mark.parametrize("environment", ["production", "development"])
async def test_every_answer_is_taken_for_what_it_is(environment: str):
    answers = await every_answer(environment=environment, public_url="https://pay.example")
    assert len(answers) > 100
    for name, answer in answers.items():
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"], name
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"], name
        assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"], name
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers and "x-powered-by" not in answer.headers


async def test_without_tls_nobody_is_sent_there():
    for answer in (await every_answer(public_url="http://pay.example")).values():
        assert "strict-transport-security" not in answer.headers


async def test_only_the_scripts_may_be_read_from_elsewhere():
    """Merchants call from servers, and the checkout page asks its own origin: nothing else needs CORS."""
    for name, answer in (await every_answer()).items():
        method, _, path = name.partition(" ")
        allowed = path in ANYWHERE and answer.status_code == 200
        assert answer.headers.get("access-control-allow-origin") == ("*" if allowed else None), name
        if method in ("OPTIONS", "TRACE"):
            assert answer.status_code in (401, 404, 405), name


async def test_answers_with_data_are_kept_by_nobody():
    for name, answer in (await every_answer()).items():
        path = name.partition(" ")[2]
        if path not in ANYWHERE and not path.startswith(("/demo/assets", "/docs", "/openapi.json")):
            assert answer.headers["cache-control"] == "no-store", name
