"""`gateway dev` as a developer meets it: it serves, keeps its data, and leaves no process behind."""

import pytest

from tests.integration.development import *
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def test_it_serves_keeps_its_data_and_leaves_no_process_behind() -> None:
    with dev() as first:
        curl = first.text[first.text.index("curl -s") :].split("\n\n")[0]
        pasted = subprocess.run(["bash", "-c", curl], capture_output=True, check=True)
        assert json.loads(pasted.stdout)["status"] == "created"
        assert first.health() == "healthy"
        with first.client() as client:
            paid = pay(client)
            succeed(client, [paid])
        secrets = first.folder / "secrets.env"
        assert secrets.stat().st_mode & 0o777 == 0o600
        assert len(first.pids()) > 6
        assert first.stop() == 0
        assert first.pids() == []

        second = Dev(first.folder).start()
        try:
            with second.client() as client:
                assert status(client, paid) == "success"
            assert second.stop(signal.SIGTERM) == 0
            assert second.pids() == []
        finally:
            second.clean_up()


def test_nothing_outlives_a_kill_of_the_supervisor_nor_a_second_signal() -> None:
    with dev() as running:
        running.process.kill()
        until(lambda: not running.pids(), STOP_S, lambda: running.pids())
        running.ended()

        again = Dev(running.folder).start()
        try:
            os.kill(again.pids("worker")[0], signal.SIGSTOP)  # it cannot end by itself
            again.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            assert again.stop(signal.SIGTERM) == 0
            assert again.pids() == []
        finally:
            again.clean_up()


