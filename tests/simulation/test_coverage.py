"""Histories are rich: every kind of work and every kind of fault happens in a few dozen of them."""

import re
from functools import cache

import pytest

from tests.simulation.simulate import simulate

SEEDS = 40
WORK = {
    "an order": r"POST /api/v1/orders at .*: 201 order_",
    "a payment by UPI": r"POST /api/v1/payments at .*: 201 pay_\w+ upi",
    "a payment by card": r"POST /api/v1/payments at .*: 201 pay_\w+ card",
    "a payment at the checkout": r"POST /api/v1/payments/public at .*: 201",
    "a second payment that is refused": r": 400 payment_in_progress",
    "a challenge": r"payment pay_\w+ pending → requires_action",
    "a return from the bank": r"GET /checkout/3ds/return/pay_\w+ at .*: 200",
    "a resumed payment": r"requires_action → pending; operation op_",
    "a hold": r"payment pay_\w+ pending → authorized",
    "a superseded challenge": r"requires_action → failed.*payment pay_\w+ pending",
    "a whole capture": r"authorized → success \((\d+) of \1 captured\)",
    "a partial capture": r"authorized → success \((\d+) of (?!\1 )\d+ captured\)",
    "a void": r"authorized → voided",
    "a decline": r"pending → failed",
    "a partial refund": r"\((\d+) of \d+ captured, (?!\1 )\d+ given back\)",
    "a whole refund": r"\((\d+) of \d+ captured, \1 given back\)",
    "a refund that is too large": r"/refunds at .*: 400",
    "a request sent again": r"POST .* at .*: 20[01] again",
    "a key used for something else": r": 422 idempotency_key_reused",
    "a rotated secret": r"/rotate_secret at .*: 200",
    "a replayed delivery": r"/retry at .*: 200",
    "a replay by scope": r"/replay at .*: 201",
    "a replay refused while another runs": r"/replay at .*: 400 replay_in_progress",
    "something asked of a disabled endpoint": r": 400 endpoint_disabled",
    "a test event": r"hears webhook\.test",
    "an endpoint disabled by us": r"event evt_\w+ webhook_endpoint\.disabled",
    "an endpoint left alone": r"leaves we_\w+ alone",
    "an endpoint switched or deleted": r"(PATCH|DELETE) /api/v1/webhook_endpoints/",
    "an order that expires": r"order order_\w+ \w+ → expired",
    "a charge given back": r"payment\.reversed",
}
FAULTS = {
    "a crash before an effect": r"dies: on the way to",
    "a crash after an effect": r"dies: right after",
    "a killed process": r"dies: killed",
    "an error before an effect": r"fails and has no effect",
    "an error after an effect": r"has its effect, and its answer is lost",
    "a call that arrives late": r"processor\.\w+ arrives late",
    "a message lost": r"redis\.\w+ is lost",
    "a message twice": r"redis\.\w+ happens twice",
    "a message late": r"redis\.\w+ arrives late",
    "a COMMIT done unheard": r"is not answered; it was done",
    "a COMMIT undone unheard": r"is not answered; it was undone",
    "a COMMIT that hangs": r"is not answered; it hangs",
    "a stale version": r"may not write: concurrent_update payment",
    "a lost lease": r"may not write: lease_lost",
    "a lock": r"waits too long for a lock",
    "a wiped Redis": r"Redis is wiped",
    "Redis away": r"Redis is away",
    "the database away": r"the database is away",
    "the processor down": r"the processor is down",
    "commits that hang": r"commits hang",
    "silence after charging": r"is silent about authorize \w+, approved",
    "silence before hearing": r"does not hear authorize",
    "a delayed decision": r"has yet to decide",
    "nonsense": r"with nonsense",
    "a decline that was none": r"is approved now",
    "news from the processor": r"has news of",
    "a broken connection": r"no answer",
    "an orderly stop": r"is told to stop",
    "a process that stands still": r"stands still",
    "a clock that jumps": r"the clock of .* is off by",
    "time that flies": r"s are gone",
    "a receiver that fails": r"hears .*: 500",
    "a receiver that is gone": r"hears .*: 410",
    "a receiver that is busy": r"hears .*: 429",
    "a receiver that hangs": r"hears .*: None",
}


@cache
def traces() -> str:
    return "\n".join(line for seed in range(SEEDS) for line in simulate(seed, trace=True).lines)


@pytest.mark.parametrize("kind", WORK)
def test_every_kind_of_work_is_done(kind: str):
    assert re.search(WORK[kind], traces())


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_of_fault_strikes(kind: str):
    assert re.search(FAULTS[kind], traces())
