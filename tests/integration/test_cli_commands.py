"""The commands as an operator meets them, as processes of their own."""

import pytest

from tests.integration.development import *
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def test_a_second_start_and_a_taken_port_are_told_in_two_lines() -> None:
    with dev() as running:
        code, lines = refusal("dev", "--port", str(free_port()), "--data-dir", str(running.folder))
        assert code == 73
        assert f"process {running.process.pid}" in lines[0]
        assert len(lines) == 2
        with folder() as other:
            for command in (["dev", "--data-dir", str(other / "data")], ["api"]):
                secrets = environment_of(running)
                code, lines = refusal(*command, "--port", str(running.port), **secrets)
                assert code == 73
                assert lines == [
                    f"Port {running.port} on 127.0.0.1 is taken by another process.",
                    f"End that process, or choose another port: --port {running.port + 1}",
                ]
        assert running.health() == "healthy"


def environment_of(running: Dev) -> dict[str, str]:
    lines = (running.folder / "secrets.env").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_the_demo_does_the_main_job_and_ends() -> None:
    plain: dict[str, Any] = {
        key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")
    }
    run = subprocess.run(
        [*GATEWAY, "demo"], cwd=ROOT, env=plain, capture_output=True, text=True, timeout=START_S, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "both signatures of each verified" in run.stdout
    assert "refund.processed" in run.stdout
