"""That the limit's transaction is what was recorded, and that the model and the page say what was measured."""

from datetime import UTC, datetime

import pytest

from benchmarks.limit.recording import Change
from benchmarks.limit.script import insert, literal, template, transaction
from benchmarks.model import Site, grouped, predict, size_at, wait_us
from benchmarks.render import PAGES, ROOT, filled, markdown, rendered

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


@pytest.mark.parametrize("where", PAGES)
def test_the_documentation_shows_the_newest_figures(where: str) -> None:
    assert (ROOT / where).read_text() == rendered(where), "run python -m benchmarks.render"
