"""What the README says, done as it says."""

import base64
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from standardwebhooks import Webhook

from adapters.simulator.scenario import CARDS, VPAS
from benchmarks.servers import Bench, running
from config.in_memory import in_memory
from core.domain.signing import new_webhook_secret, webhook_headers
from tests.integration.development import GATEWAY, START_S, environment, until

pytestmark = pytest.mark.xdist_group("processes")

ROOT = Path(__file__).parents[2]
NO_LIBRARY = "no standardwebhooks: run `npm ci` in checkout_sdk"
README, SDK = (ROOT / "README.md").read_text(), ROOT / "checkout_sdk"
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


def aged(body: bytes, secret: str) -> dict[str, str]:
    """Rightly signed, ten minutes ago."""
    return webhook_headers("evt_1", body, [secret], at=datetime.now(UTC) - timedelta(minutes=10))


RUBBISH: list[dict[str, str]] = [
    {},
    {"webhook-id": "evt_1"},
    *({"webhook-timestamp": at} for at in ("", "abc", "NaN", "9" * 400, "-1", "1e9", "\u0661")),
    *({"webhook-signature": given} for given in ("", "v1", "v1,", "é", "v1,é", "v1a,x v1,AAAA", "v1,====")),
]


def hostile() -> list[dict[str, str]]:
    """What anybody may send: headers that are missing, and rightly signed ones with one made rubbish."""
    _, headers, _ = signed()
    return [*RUBBISH[:2], *(headers | rubbish for rubbish in RUBBISH[2:])]


def test_no_snippet_in_python_breaks_on_rubbish():
    body, _, secret = signed()
    for name, refusal in (("verify", False), ("event_of", None)):
        namespace: dict[str, object] = {}
        exec(next(code for code in of("python") if f"def {name}" in code), namespace)
        told = [namespace[name](body, headers, secret) for headers in hostile()]
        assert told == [refusal] * len(told)


@pytest.mark.parametrize(("name", "refusal"), [("verify", False), ("eventOf", None)])
def test_no_snippet_in_javascript_breaks_on_rubbish(name: str, refusal: object):
    if not (SDK / "node_modules" / "standardwebhooks").exists():
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(NO_LIBRARY)
    body, _, secret = signed()
    snippet = next(code for code in of("js") if f"function {name}" in code)
    asked = json.dumps([base64.b64encode(body).decode(), hostile(), secret])
    script = f"""{snippet}
    const [body, headers, secret] = {asked};
    const told = headers.map((each) => {name}(Buffer.from(body, "base64"), each, secret));
    console.log(JSON.stringify(told));"""
    kind = "module" if "import " in snippet else "commonjs"
    ran = subprocess.run(
        ["node", f"--input-type={kind}", "-"], input=script, cwd=SDK, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [refusal] * len(hostile())


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
    snippet = next(code for code in of("js") if "function verify" in code)
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


def test_the_python_library_verifies_and_refuses():
    namespace: dict[str, object] = {}
    exec(next(code for code in of("python") if "def event_of" in code), namespace)
    event_of = namespace["event_of"]
    body, headers, secret = signed()
    assert event_of(body, headers, secret) == json.loads(body)
    assert event_of(body + b" ", headers, secret) is None
    assert event_of(body, headers, new_webhook_secret(b"x" * 32)) is None
    assert event_of(body, aged(body, secret), secret) is None


@pytest.mark.parametrize("form", ["body.toString()", "body"])
def test_the_javascript_library_verifies_and_refuses(form: str):
    if not (SDK / "node_modules" / "standardwebhooks").exists():
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(NO_LIBRARY)
    body, headers, secret = signed()
    snippet = next(code for code in of("js") if "function eventOf" in code)
    cases = [
        (body, headers, secret),
        (body + b" ", headers, secret),
        (body, headers, new_webhook_secret(b"x" * 32)),
        (body, aged(body, secret), secret),
    ]
    asked = json.dumps(
        [[base64.b64encode(body).decode(), headers, secret] for body, headers, secret in cases]
    )
    script = f"""{snippet}
    const results = {asked}.map(([encoded, headers, secret]) => {{
      const body = Buffer.from(encoded, "base64");
      return eventOf({form}, headers, secret);
    }});
    console.log(JSON.stringify(results));"""
    ran = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=script,
        cwd=SDK,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == [json.loads(body), None, None, None]


def test_every_test_instrument_is_shown_with_its_decline():
    shown = re.findall(r"\| (4[0-9 ]{18}) \| ([^|]+) \|", README)
    assert {number.replace(" ", "") for number, _ in shown} == set(CARDS)
    upi = dict(re.findall(r"\| `(\w+)@…` \| ([^|]+) \|", README))
    assert set(upi) == set(VPAS)
    said = {CARDS[number.replace(" ", "")]: says for number, says in shown}
    for scenario, says in [*said.items(), *((VPAS[name], says) for name, says in upi.items())]:
        codes = re.findall(r"declined, `(\w+)`", says)
        assert codes == ([scenario.decline_code] if scenario.decline_code else [])


class Trusting(BaseHTTPRequestHandler):
    """A receiver that takes whatever comes, and keeps it."""

    got: ClassVar[list[tuple[bytes, dict[str, str]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Trusting) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        serving.join()


def test_the_commands_while_you_develop(bench: Bench, receiver: str, tmp_path: Path):
    shown = next(code for code in of("sh") if "gateway listen" in code)
    listen, trigger, check = shown.replace("http://localhost:3000", receiver).splitlines()
    env = environment(
        GATEWAY_URL=f"http://127.0.0.1:{bench.port}",
        GATEWAY_API_KEY=bench.headers["X-Api-Key"],
        GATEWAY_API_SECRET=bench.headers["X-Api-Secret"],
    )

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*GATEWAY, *command.split()[1:]], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
        )

    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        listening = subprocess.Popen(
            [*GATEWAY, *listen.split()[1:]], env=env, cwd=ROOT, stdout=stdout, stderr=stderr
        )
    try:
        until(lambda: "Forwarding to" in err.read_text(), START_S, err.read_text)
        triggered = run(trigger)
        assert triggered.returncode == 0, triggered
        values = dict(line.split("\t") for line in triggered.stdout.splitlines())
        assert values["Event"] == trigger.split()[-1]
        until(lambda: values["Event id"] in out.read_text(), START_S, out.read_text)
        listening.send_signal(signal.SIGINT)
        assert listening.wait(START_S) == 0
    finally:
        listening.kill()
        listening.wait()
    [line] = [line for line in out.read_text().splitlines() if values["Event id"] in line]
    assert line.split("\t")[2:5] == ["payment.success", values["Payment"], "200"]
    first, *_, last = err.read_text().splitlines()
    assert re.fullmatch(r"Events forwarded: \d \(\d accepted, 0 refused, 0 without an answer\)\.", last)
    [secret] = re.findall(r"whsec_\S+", first)
    for body, headers in Trusting.got:
        Webhook(secret).verify(body, headers)
    checked = run(f"{check} --secret {secret}")
    assert checked.returncode == run(check).returncode == 1
    [told] = of("text")
    assert set(without_times(told)) <= set(without_times(checked.stdout))


def without_times(text: str) -> list[str]:
    return re.sub(r"\d+ ms", "… ms", text).splitlines()


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
