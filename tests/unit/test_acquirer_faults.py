"""Faults strike the calls they are meant for, as often as they are told to."""

import pytest
from pydantic import ValidationError

from entrypoints.simulator.faults import MOVES, Call, Fault, Faults, Plan, Rule, read_header

HANG = Rule(fault=Fault.HANG_AFTER)


def struck(faults: Faults, call: Call = Call.AUTHORIZE) -> list[Fault]:
    return [rule.fault for rule in faults.draw(call)]


def planned(*rules: Rule, seed: int = 0) -> Faults:
    faults = Faults()
    faults.set(Plan(rules=rules, seed=seed))
    return faults


def test_without_a_plan_nothing_goes_wrong() -> None:
    assert [struck(Faults(), call) for call in Call] == [[]] * len(Call)


def test_the_next_so_many_calls() -> None:
    faults = planned(HANG.model_copy(update={"next": 2}), Rule(fault=Fault.SLOW, delay_ms=5))
    assert [struck(faults) for _ in range(3)] == [["hang_after", "slow"]] * 2 + [["slow"]]


def test_a_call_that_is_not_meant_uses_nothing_up() -> None:
    faults = planned(Rule(fault=Fault.ERROR_AFTER, calls=frozenset({Call.REFUND}), next=1))
    assert [struck(faults, call) for call in (Call.AUTHORIZE, Call.FIND, Call.REFUND, Call.REFUND)] == [
        [], [], ["error_after"], [],
    ]  # fmt: skip


def test_which_calls_are_meant_when_nothing_is_said() -> None:
    assert {call for call in Call if struck(planned(HANG), call)} == set(Call) - {Call.TOKENIZE}
    assert {call for call in Call if struck(planned(Rule(fault=Fault.DOWN)), call)} == set(Call)
    assert {call for call in Call if struck(planned(Rule(fault=Fault.CALLBACK_TWICE)), call)} == MOVES
    assert {call for call in Call if struck(planned(Rule(fault=Fault.SAYS_DECLINED)), call)} == MOVES


def test_for_a_while() -> None:
    now = [10.0]
    faults = Faults(lambda: now[0])
    faults.set(Plan(rules=(Rule(fault=Fault.DOWN, for_s=60),)))
    assert struck(faults) == ["down"]
    now[0] += 59.9
    assert struck(faults) == ["down"]
    now[0] += 0.1
    assert struck(faults) == []


def test_by_lot_and_the_same_lots_for_the_same_seed() -> None:
    rule = Rule(fault=Fault.CUT_AFTER, probability=0.3)
    histories = [[bool(struck(faults)) for _ in range(500)] for faults in (planned(rule), planned(rule))]
    assert histories[0] == histories[1]
    assert 100 < sum(histories[0]) < 200
    other = planned(rule, seed=1)
    assert [bool(struck(other)) for _ in range(500)] != histories[0]


def test_the_header_for_one_request() -> None:
    assert read_header("") == []
    assert read_header("error_after") == [Rule(fault=Fault.ERROR_AFTER)]
    assert read_header(" slow=200 , cut_after") == [
        Rule(fault=Fault.SLOW, delay_ms=200), Rule(fault=Fault.CUT_AFTER),
    ]  # fmt: skip
    for text in ("sleepy", "slow=x", "slow=-1"):
        with pytest.raises(ValueError):
            read_header(text)


@pytest.mark.parametrize(
    "rule",
    [{}, {"fault": "x"}, {"fault": "slow", "next": 0}, {"fault": "slow", "probability": 0},
     {"fault": "slow", "probability": 1.1}, {"fault": "slow", "for_s": 0}, {"fault": "slow", "typo": 1},
     {"fault": "slow", "calls": ["payout"]}],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused(rule: object) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate({"rules": [rule]})
