"""What the README says, done as it says."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.servers import Bench, running
from config.in_memory import in_memory
from core.domain.signing import new_webhook_secret, webhook_headers

pytestmark = pytest.mark.xdist_group("processes")

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running("worker", "scheduler") as bench:
        yield bench


def of(language: str) -> list[str]:
    return [code for kind, code in BLOCKS if kind == language]


def shape(value: object) -> object:
    """Ids and times differ from run to run; everything else is compared to the letter."""
    text = re.sub(r"(order|mer|pay|rfnd)_[A-Za-z0-9]{16}", r"\1_…", json.dumps(value))
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "…", text))


def test_the_curls_pasted_give_what_the_readme_shows(bench: Bench):
    script = "\n".join(of("bash"))
    for pasted, ours in (
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{bench.port}"),
        ("key_test_abc123", bench.headers["X-Api-Key"]),
        ("secret_test_xyz789", bench.headers["X-Api-Secret"]),
    ):
        assert pasted in script
        script = script.replace(pasted, ours)
    ran = subprocess.run(["bash"], input=script, capture_output=True, text=True, timeout=60, check=True)
    shown = [shape(json.loads(block)) for block in of("json")]
    printed = [
        json.loads(line) for line in (ran.stderr + ran.stdout).splitlines() if line.startswith('{"id"')
    ]
    assert [shape(answer) for answer in printed[: len(shown)]] == shown
    timeline = json.loads(ran.stdout[ran.stdout.index("\n{\n") : ran.stdout.index("\n}\n") + 2])
    names = [entry["name"] for entry in timeline["data"]]
    assert {"create_payment", "payment.created", "payment.success", "order.paid", "refund.created"} <= {
        *names
    }
    assert printed[-1]["secret"].startswith("whsec_")


def signed() -> tuple[bytes, dict[str, str], str]:
    secret = new_webhook_secret(bytes(range(32)))
    body = '{"id":"evt_1","event":"payment.success","note":"₹ ünïcode"}'.encode()
    return body, webhook_headers("evt_1", body, [secret], at=datetime.now(UTC)), secret


def test_the_python_snippet_verifies_and_refuses():
    namespace: dict[str, object] = {}
    exec(next(code for code in of("python") if "def verify" in code), namespace)
    verify = namespace["verify"]
    body, headers, secret = signed()
    assert verify(body, headers, secret)
    assert not verify(body + b" ", headers, secret)
    assert not verify(body, headers, new_webhook_secret(b"x" * 32))
    assert not verify(body, headers | {"webhook-timestamp": str(int(time.time()) - 600)}, secret)


def test_the_node_snippet_verifies_and_refuses_also_after_parse_and_stringify():
    body, headers, secret = signed()
    [snippet] = of("js")
    asked = json.dumps([base64.b64encode(body).decode(), headers, secret])
    script = f"""{snippet}
    const [body, headers, secret] = {asked};
    const raw = Buffer.from(body, "base64");
    const again = Buffer.from(JSON.stringify(JSON.parse(raw)));
    const hex = crypto.createHmac("sha256", secret).update(again).digest("hex");
    const results = [verify(raw, headers, secret), verify(again, headers, secret),
      hex === headers["X-Webhook-Signature"],
      verify(Buffer.concat([raw, Buffer.from(" ")]), headers, secret), verify(raw, headers, "whsec_AAAA")];
    console.log(JSON.stringify(results));"""
    ran = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [True, True, True, False, False]


async def test_the_test_without_servers_passes():
    namespace: dict[str, object] = {}
    exec(next(code for code in of("python") if "in_memory" in code), namespace)
    await namespace["test_an_order_is_paid"]()


def test_a_port_is_swapped_in_the_one_line_shown():
    [line] = [code for code in of("python") if "FakeProcessor" in code]

    class FakeProcessor: ...

    gateway = in_memory()
    exec(line, {"gateway": gateway, "FakeProcessor": FakeProcessor})
    assert isinstance(gateway.processor_for().test, FakeProcessor)
