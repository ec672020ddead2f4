"""That the benchmarks count, read and judge as they should."""

import math
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from benchmarks.figures import percentile, slope_per_hour
from benchmarks.limit.recording import Change
from benchmarks.limit.script import insert, literal, template, transaction
from benchmarks.load import Job, Lines, Request, Result, drive, is_whole, shots
from benchmarks.model import Site, grouped, predict, size_at, wait_us
from benchmarks.profiling.rooms import ROOT, summed
from benchmarks.receiver import Notes, split
from benchmarks.render import filled, markdown
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


AT = datetime(2030, 1, 31, 9, tzinfo=UTC)
TYPES = {
    "id": "text", "body": "jsonb", "order_id": "text", "at": "timestamp with time zone", "xid": "xid8",
    "n": "bigint", "version": "bigint",
}  # fmt: skip
ORDER = {"id": "order_aaaaaaaaaaaaaaaa", "version": 1, "n": 0}
PAYMENT = {
    "id": "pay_bbbbbbbbbbbbbbbb", "order_id": ORDER["id"], "at": "2030-01-31T09:00:30+00:00", "xid": "7",
    "body": {"id": "pay_bbbbbbbbbbbbbbbb"}, "n": None,
}  # fmt: skip


def test_recorded_rows_become_a_transaction_with_ids_of_its_own():
    changes = [
        Change("orders", "UPDATE", ORDER, ORDER | {"version": 2}, TYPES),
        Change("payments", "INSERT", None, PAYMENT, TYPES),
    ]
    rows = template(changes, AT)
    update, insert_payment = transaction(changes, rows).splitlines()[3:5]
    assert update == (
        r"UPDATE orders SET version = CAST(E'2' AS bigint)"
        r" WHERE id = replace(E'order_§0', '§', lpad(:n, 15, '0')) AND version = 1;"
    )
    assert insert_payment == (
        r"INSERT INTO payments (id, order_id, at, body) VALUES ("
        r"replace(E'pay_§1', '§', lpad(:n, 15, '0')), replace(E'order_§0', '§', lpad(:n, 15, '0')),"
        r" now() + INTERVAL '30s', CAST(replace(E'{\"id\"\x3a \"pay_§1\"}', '§', lpad(:n, 15, '0')) AS jsonb));"
    ).replace(r"\"", '"')


def test_the_orders_that_pgbench_pays_are_there_before():
    changes = [Change("orders", "UPDATE", ORDER, ORDER | {"version": 2}, TYPES)]
    assert insert(changes, template(changes, AT), "i", "before", "numbers i") == (
        "INSERT INTO orders (id, version, n) SELECT replace(E'order_§0', '§', lpad(i, 15, '0')),"
        " CAST(E'1' AS bigint), CAST(E'0' AS bigint) FROM numbers i"
    )


def test_a_literal_hides_nothing_that_pgbench_would_take_for_a_variable():
    assert literal(r"it's :true, \ 9:30") == r"E'it''s \x3atrue, \\ 9\x3a30'"


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


COSTS = {"api": 500.0, "worker": 1_000.0, "postgres": 400.0, "load": 100.0}


@pytest.mark.parametrize(
    ("site", "per_second", "full"),
    [
        (Site(1, 1, 2), 1_000, "cores"),
        (Site(1, 1, 8), 1_000, "worker processes"),
        (Site(1, 4, 8), 2_000, "API processes"),
        (Site(8, 8, 16, database_cores=2), 5_000, "PostgreSQL's cores"),
    ],
)
def test_what_is_full_first_sets_the_rate(site: Site, per_second: float, full: str):
    predicted = predict(COSTS, site)
    assert (predicted.per_second, predicted.full) == (pytest.approx(per_second), full)


def test_a_group_shares_what_it_costs_whatever_its_size():
    cost = grouped(alone_us=1_000, many_us=100 + 900 / 16, size=16)
    assert cost.at(1) == pytest.approx(1_000)
    assert (cost.each_us, cost.group_us) == (pytest.approx(100), pytest.approx(900))


def test_as_many_gather_as_come_while_a_commit_is_under_way():
    wait = wait_us(per_second=2_000, size=16, each_us=100)
    assert size_at(2_000, wait, each_us=100) == pytest.approx(16)
    assert size_at(10, wait, each_us=100) == 1


def test_a_table_is_written_between_its_marks():
    page = "a\n<!-- scale -->\nold\n<!-- /scale -->\nb"
    assert filled(page, "scale", r"new \1") == "a\n<!-- scale -->\nnew \\1\n<!-- /scale -->\nb"
    assert markdown(("x", "y"), [("a", "1")]) == "| x | y |\n| --- | --: |\n| a | 1 |"
