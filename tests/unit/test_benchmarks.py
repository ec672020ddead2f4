"""That the benchmarks count, read and judge as they should."""

import math
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks.figures import percentile, slope_per_hour
from benchmarks.load import Job, Lines, Request, Result, drive, is_whole, shots
from benchmarks.profiling.rooms import ROOT, summed
from benchmarks.receiver import Notes, split
from benchmarks.row import Goal, Row
from benchmarks.usage import cpu_s, fields_of, pss_mb

ANSWER = b'HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n{"id":"a_1"}'
WEBHOOK = (
    b"POST /hook HTTP/1.1\r\nContent-Length: 45\r\nwebhook-id: evt_1\r\n\r\n"
    b'{"event":"payment.success","payment":"pay_1"}'
)


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(range(100), 0.99) == 99
    assert percentile([7], 0.99) == 7


def test_a_slope_is_per_hour():
    assert slope_per_hour([(0, 100), (60, 101), (120, 102)]) == pytest.approx(60)
    assert slope_per_hour([(5, 100), (5, 120)]) == 0


@pytest.mark.parametrize("cut", [0, 5, 40, len(ANSWER) - 1])
def test_an_answer_is_whole_when_its_last_byte_is_there(cut: int):
    assert not is_whole(ANSWER[:cut])
    assert is_whole(ANSWER)


def test_a_receiver_takes_requests_apart():
    assert split(WEBHOOK + WEBHOOK + b"GET / HT") == ([WEBHOOK, WEBHOOK], b"GET / HT")
    assert split(WEBHOOK[:-1]) == ([], WEBHOOK[:-1])


def test_a_receiver_notes_an_event_once():
    notes = Notes()
    notes.take(WEBHOOK)
    notes.take(WEBHOOK)
    assert (list(notes.events), list(notes.succeeded), notes.repeats) == ([b"evt_1"], [b"pay_1"], 1)


def test_the_command_of_a_process_may_look_like_fields():
    assert fields_of("12 (a (b) c) S 1 2 3") == ["S", "1", "2", "3"]


def test_the_usage_of_this_very_process():
    me = {"me": [os.getpid()]}
    before = cpu_s(me)["me"]
    math.factorial(50_000)
    assert cpu_s(me)["me"] >= before > 0
    assert 1 < pss_mb(me)["me"] < 10_000


@pytest.fixture
def server() -> Iterator[int]:
    """Answers every request in two pieces."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line:
                while line.recv(4096):
                    line.sendall(ANSWER[:30])
                    line.sendall(ANSWER[30:])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize("per_second", [None, 1_000.0])
def test_a_load_checks_every_answer(server: int, per_second: float | None):
    expected = [Request("GET", "/", {}, "", status, field) for status, field in ((201, ()), (201, (b"a_1",)))]
    wrong = [Request("GET", "/", {}, "", status, field) for status, field in ((200, ()), (201, (b"a_2",)))]
    job = Job([server], shots(expected + wrong, "here"), 1, 10, per_second)
    lines = Lines(job)
    result = drive(lines, job)
    lines.close()
    assert result.ids() == ["a_1"] * 4
    assert len(result.unexpected) == 2
    assert len(result.latencies_ms) == 4


def test_a_row_is_reached_when_every_median_is():
    row = Row("accept", "payments", Goal(at_least_per_second=100, p99_below_ms=40))
    for seconds in (1.0, 0.5, 0.25):  # 100, 200 and 400 a second
        row.add(Result(seconds, [10.0] * 100, [], cpu_s={"api": 0.1}))
    assert row.reached
    assert row.cpu_us == {"api": pytest.approx(1000)}
    row.p99_ms = [41, 41, 10]
    assert row.reached is False


def test_a_goal_without_a_measurement_is_not_reached():
    assert Row("limit", "rows", Goal(of_limit=0.3)).reached is False
    assert Row("limit", "rows").reached is None


def test_what_does_not_count_is_not_reached():
    row = Row("accept", "payments", Goal(at_least_per_second=100), per_second=[200.0])
    assert row.reached
    row.uncounted = "two events are missing"
    assert row.reached is False


def test_samples_are_charged_to_the_innermost_room():
    site, std = "/v/lib/python3.11/site-packages", "/usr/lib/python3.11"
    stacks = [
        {
            "frames": [f"{std}/json/encoder.py:iterencode", f"{ROOT}core/domain/snapshot.py:body"],
            "samples": 3,
        },
        {
            "frames": [f"{ROOT}adapters/postgres/line.py:ask", f"{ROOT}core/domain/snapshot.py:body"],
            "samples": 1,
        },
        {"frames": [f"{site}/benchmarks/profiling/sampler.py:note_collection"], "samples": 2},
    ]
    profile = summed(stacks)
    assert profile.rooms == {"domain": 3, "PostgreSQL: the wire (libpq)": 1, "garbage collection": 2}
    assert profile.own["json/encoder.py:iterencode"] == 3
    assert profile.total["core/domain/snapshot.py:body"] == 4
    assert profile.share(3) == 0.5
