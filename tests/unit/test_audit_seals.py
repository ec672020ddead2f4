"""What a seal binds: all of its entry, its number, and everything before it."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from core.domain.audit import GENESIS, AuditEntry, Seal, link, seals_after
from core.domain.merchant import Account, Mode
from tests.factories import ACCOUNT, NOW

ENTRY = AuditEntry("aud_1", ACCOUNT, "key_x", "payment.refund", "pay_1", NOW, {"a": 1, "b": [2]}, {"c": None})
CHANGES = [
    {"id": "aud_2"}, {"account": Account("mer_other", Mode.TEST)}, {"account": Account(ACCOUNT.merchant_id, Mode.LIVE)},
    {"actor": "key_y"}, {"action": "payment.void"}, {"target_id": "pay_2"},
    {"created_at": NOW + timedelta(microseconds=1)}, {"before": {"a": 1, "b": [3]}}, {"after": {}},
    {"before": {"a": "1", "b": [2]}},
]  # fmt: skip


def test_a_hash_stays_what_it_is_for_ever() -> None:
    """Sealed years ago, an entry must verify with tomorrow's code: a change here needs a new kind of seal."""
    assert link(GENESIS, 1, ENTRY) == "bef7bec4a168362b7dc93a06b7eb23d1ede3483e5b352e8296bad73a6929f011"


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_whatever_is_changed_changes_the_hash(change: dict[str, object]) -> None:
    assert link(GENESIS, 1, replace(ENTRY, **change)) != link(GENESIS, 1, ENTRY)


def test_its_number_and_all_before_it_are_in_the_hash() -> None:
    assert link(GENESIS, 2, ENTRY) != link(GENESIS, 1, ENTRY)
    others = [replace(ENTRY, id=f"aud_{number}") for number in range(3)]
    chain = list(seals_after(None, others))
    assert [seal.number for seal in chain] == [1, 2, 3]
    forged = list(seals_after(None, [replace(others[0], actor="somebody else"), *others[1:]]))
    assert not {seal.hash for seal in chain} & {seal.hash for seal in forged}, "no later link holds either"


def test_it_goes_on_from_a_head_as_from_the_beginning() -> None:
    entries = [replace(ENTRY, id=f"aud_{number}") for number in range(4)]
    whole = list(seals_after(None, entries))
    assert list(seals_after(whole[1], entries[2:])) == whole[2:]
    assert list(seals_after(Seal(7, "x", "f" * 64), [])) == []


def test_the_same_content_is_sealed_the_same_however_it_was_read() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    other = replace(ENTRY, created_at=elsewhere, before={"b": (2,), "a": 1}, version=7)
    assert link(GENESIS, 1, other) == link(GENESIS, 1, ENTRY)
