"""Every place of every route to which somebody could send a card number."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.integration.canary.cards import CVV_MARK, Aviary, Canary

Json = dict[str, Any]
HUGE_BYTES = 70_000
JSON_TYPE = {"Content-Type": "application/json"}
HEADERS: dict[str, Callable[[str], str]] = {
    "Idempotency-Key": str, "X-Request-Id": str, "X-Api-Key": str, "X-Api-Secret": str, "Cookie": "card={}".format,
    "User-Agent": str, "Referer": "https://shop.example/{}".format, "X-Forwarded-For": str,
    "Forwarded": "for={}".format,
    "Prefer": "wait={}".format, "Content-Type": "application/{}".format, "Accept": "text/{}".format,
    "Accept-Language": str, "Last-Event-ID": str, "If-None-Match": '"{}"'.format, "X-Card-Number": str,
    "Authorization": lambda number: "Basic " + b64encode(f"{number}:{number}".encode()).decode(),
    "Proxy-Authorization": "Bearer {}".format, "Host": "{}.example".format, "Origin": "https://{}.example".format,
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request, and the number that it carries."""

    canary: Canary
    method: str
    url: str
    headers: Json
    content: bytes | None = None


def everywhere(document: Json, known: Json, aviary: Aviary) -> Iterator[Sent]:
    """`known`: ids of objects that exist, by the word before them in a path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.endswith("/stream"):
                continue  # it would go on; its path and its object are those of the payment's
            yield from _in_the_url(path, method, known, aviary)
            for name, written in HEADERS.items():
                canary = aviary.new(f"{method} {path} header {name}")
                yield Sent(canary, method, _filled(path, known), {name: written(canary.number)})
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            examples = content["examples"].values() if content else ()
            example = next((shown["value"] for shown in examples), {})
            yield from _in_the_body(path, method, example, known, aviary)


def _in_the_url(path: str, method: str, known: Json, aviary: Aviary) -> Iterator[Sent]:
    for hole in re.findall(r"{\w+}", path):
        canary = aviary.new(f"{method} {path} in place of {hole}")
        yield Sent(canary, method, _filled(path.replace(hole, canary.number), known), {})
    for query in (
        "?{}",
        "?card={}",
        "?status={}&order_id={}",
        "?limit={}",
        "?starting_after={}",
        "?created_from={}",
    ):
        canary = aviary.new(f"{method} {path}{query}")
        yield Sent(canary, method, _filled(path, known) + query.replace("{}", canary.number), {})
    canary = aviary.new(f"{method} {path} below it")
    yield Sent(canary, method, f"{_filled(path, known)}/{quote(canary.number)}", {})


def _in_the_body(path: str, method: str, example: Json, known: Json, aviary: Aviary) -> Iterator[Sent]:
    url = _filled(path, known)

    def sent(how: str, content: Callable[[Canary], bytes], **headers: str) -> Sent:
        canary = aviary.new(f"{method} {path} {how}")
        return Sent(canary, method, url, JSON_TYPE | headers, content(canary))

    def as_json(how: str, body: Callable[[Canary], Any], **headers: str) -> Sent:
        return sent(how, lambda canary: json.dumps(body(canary)).encode(), **headers)

    for name in {
        *example,
        "receipt",
        "notes",
        "reason",
        "description",
        "number",
        "card_number",
        "vpa",
        "holder_name",
    }:
        yield as_json(f"field {name}", lambda canary, name=name: example | {name: canary.number})
        yield as_json(f"list {name}", lambda canary, name=name: example | {name: [{"a": canary.number}]})
    yield as_json("a name", lambda canary: example | {canary.number: "x", "cvv": canary.cvv})
    yield as_json("a note", lambda canary: example | {"notes": {"card": canary.number}})
    yield as_json("a note's name", lambda canary: example | {"notes": {canary.number: "card"}})
    yield as_json(
        "a number", lambda canary: example | {"amount": int(canary.number), "card": int(canary.number)}
    )
    yield as_json("no object", lambda canary: [canary.number])
    yield as_json("a card", lambda canary: example | {"card": canary.card()})
    yield as_json(
        "a card without a name", lambda canary: example | {"card": canary.card(holder_name=canary.number)}
    )
    yield as_json("a bad cvv", lambda canary: example | {"card": canary.card(cvv=CVV_MARK + canary.cvv)})
    yield as_json("an expired card", lambda canary: example | {"card": canary.card(expiry_year=2020)})
    yield as_json(
        "a key", lambda canary: example | {"card": canary.card()}, **{"Idempotency-Key": "key-canary"}
    )
    yield sent("malformed", lambda canary: json.dumps({"card": canary.card()}).encode()[:-1] + b",}")
    yield sent("twice", lambda canary: b'{"%b": 1, "%b": 2}' % ((canary.number.encode(),) * 2))
    yield sent("form", lambda canary: f"number={canary.number}&cvv={canary.cvv}".encode(), **{
        "Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    yield sent("utf-16", lambda canary: json.dumps({"card": canary.card()}).encode("utf-16"))
    yield sent("huge", lambda canary: json.dumps({"card": [canary.card()] * (HUGE_BYTES // 80)}).encode())
    yield sent("escaped", lambda canary: b'{"receipt": "%b"}' % "".join(
        f"\\u{ord(digit):04x}" for digit in canary.number).encode())  # fmt: skip


def _filled(path: str, known: Json) -> str:
    """With ids that exist; a hole that was filled already is left alone."""
    return re.sub(r"(\w+)/{\w+}", lambda found: f"{found[1]}/{known[found[1]]}", path)
