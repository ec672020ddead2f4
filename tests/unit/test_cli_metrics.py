"""What is counted: requests by route, jobs by how they ended, and what no process knows alone."""

from contextlib import nullcontext, suppress
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from adapters.acquirer.circuit import FIRST_PAUSE_S, SILENCES, Silence
from config.in_memory import in_memory
from config.settings import Settings
from core.domain.errors import LeaseLost, Unavailable
from core.domain.job import Job, JobKind
from core.use_cases.jobs import RunJobs
from entrypoints.circuits import watch_circuits
from entrypoints.cli.listening import free_port, listen
from entrypoints.metrics import PORTS, counted, metrics_middleware, observe, serve_metrics


def count(name: str, **labels: Any) -> float:
    return REGISTRY.get_sample_value(name, {key: str(value) for key, value in labels.items()}) or 0


async def test_requests_are_counted_by_route_never_by_path() -> None:
    async def show(request: Request) -> PlainTextResponse:
        return PlainTextResponse("")

    app = Starlette(routes=[Route("/things/{id}", show)])
    measured = metrics_middleware(app, app.routes)
    transport = httpx2.ASGITransport(app=measured)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in ("/things/1", "/things/2", "/nothing/3"):
            await client.get(path)
    name = "gateway_request_seconds_count"
    assert count(name, method="GET", route="/things/{id}", status=200) == 2
    assert count(name, method="GET", route="unmatched", status=404) == 1


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (None, "done"),
        (5.0, "put_off"),
        (Unavailable("x", ""), "unavailable"),
        (TimeoutError(), "unavailable"),
        (LeaseLost("job_1"), "taken_over"),
        (KeyError(), "failed"),
    ],
)
async def test_jobs_are_counted_by_how_they_ended(answer: Any, result: str) -> None:
    async def handler(job: Job) -> float | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    run_jobs = counted(RunJobs(None, None, {JobKind.EXPIRE_HOLD: handler}))  # type: ignore[arg-type]  # not used
    labels = {"kind": "expire_hold", "result": result}
    before = count("gateway_job_seconds_count", **labels)
    run = run_jobs.handlers[JobKind.EXPIRE_HOLD]
    with pytest.raises(type(answer)) if isinstance(answer, Exception) else nullcontext():
        assert await run(Job("job_1", JobKind.EXPIRE_HOLD, "pay_1")) == answer
    assert count("gateway_job_seconds_count", **labels) == before + 1


async def test_what_no_single_process_knows_is_read() -> None:
    gateway = in_memory()
    await gateway.coordination().beat("worker", "w1", ttl_s=5)
    await observe(gateway)
    assert count("gateway_processes_alive", role="worker") == 1
    assert count("gateway_processes_alive", role="scheduler") == 0
    assert count("gateway_jobs", lane="money", state="parked") == 0


def test_they_are_off_unless_a_port_is_set_and_further_processes_take_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    assert not serve_metrics(Settings(metrics_port=None))
    port = free_port()
    with listen("127.0.0.1", port) as taken:
        taken.listen()
        assert serve_metrics(Settings(metrics_port=port))
        [at] = [vars(record)["port"] for record in caplog.records if record.msg == "metrics_served"]
        assert port < at < port + PORTS
        answer = httpx2.get(f"http://127.0.0.1:{at}/metrics", trust_env=False)
    assert "gateway_processes_alive" in answer.text


def test_the_circuit_of_each_remote_processor_shows_its_state() -> None:
    gateway = in_memory(processor="http", processor_url="http://127.0.0.1:1", processor_token="t")
    watch_circuits(gateway)
    circuit, now_s = gateway.acquirer().circuit, [100.0]
    circuit.now_s = lambda: now_s[0]

    def shown(processor: str = "test") -> list[str]:
        states = ("closed", "open", "half_open")
        return [s for s in states if count("gateway_processor_circuit", processor=processor, state=s)]

    assert (shown(), shown("live")) == (["closed"], [])
    for _ in range(SILENCES):
        with suppress(Silence), circuit.attempt():
            raise Silence("processor_silent", "No answer.")
    assert shown() == ["open"]
    now_s[0] += FIRST_PAUSE_S
    assert shown() == ["half_open"]
    with circuit.attempt():
        pass
    assert shown() == ["closed"]
