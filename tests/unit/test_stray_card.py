"""What reads like a card number, and what only has many digits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.stray_card import MASK, holds_card, without_cards

NUMBERS = (
    "4242424242424242", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005",
    "36227206271667", "3566002020360505", "6011111111111117", "6521111111111110", "6200000000000005",
)  # fmt: skip
WRITTEN = (
    "{}", "card {}.", "x{}y", "n{}", "a-{}-b", "id:{} 123", "12/40 {}", "20260101 {}", "{} 12 34", "{}\n{}", "№{}",
    "https://shop.example/{}/receipt",
)  # fmt: skip


def in_groups(number: str, gap: str) -> str:
    return gap.join(number[start : start + 4] for start in range(0, len(number), 4))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_number_is_seen_however_it_is_written(number: str) -> None:
    for form in WRITTEN:
        for gap in ("", " ", "-", ".", "\u00a0"):
            text = form.format(*[in_groups(number, gap)] * 2)
            assert holds_card(text), text
            masked = without_cards(text)
            assert MASK in masked and not holds_card(masked)


@pytest.mark.parametrize("zero", ["٠", "०", "０", "𝟎"])
def test_a_card_number_in_digits_of_another_script_is_one(zero: str) -> None:
    for number in NUMBERS:
        text = "".join(chr(ord(zero) + int(digit)) for digit in number)
        assert holds_card(f"card {text}") and MASK in without_cards(f"card {text}")


@pytest.mark.parametrize(
    "text",
    [
        "", "order 17", "+91 98765 43210", "1732345678901", "1732345678901234",  # milliseconds, microseconds
        "4242424242424241",  # a wrong check digit
        "9242424242424242", "424242424242", "42424242424242424242424242",
        "550e8400-e29b-41d4-a716-446655440000", "order_4242abc4242def42", "192.168.100.100.8080",
        "2026-11-23T05:36:58.123456Z", "GSTIN 29ABCDE1234F2Z5", "AWB 1234 5678 9012",
    ],
)  # fmt: skip
def test_other_digits_are_not(text: str) -> None:
    assert not holds_card(text)
    assert without_cards(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789 -.x", max_size=80))
def test_what_is_masked_holds_none(text: str) -> None:
    assert not holds_card(without_cards(text))


def test_what_machines_make_is_no_card() -> None:
    """One UUID in some ten thousand has a card number's digits, gaps and all; this one has them on purpose."""
    assert holds_card("4242-424242424242")
    for text in (
        "3f2b9c1e-7a44-4c1d-4242-424242424242", "42424242-4242-4242-ab12-3f2b9c1e7a44", "a4242424242424242b" * 2,
        "id=3F2B9C1E-7A44-4C1D-4242-424242424242;", "00-4bf92f3577b34da6a4242424242424242e-01",
    ):  # fmt: skip
        assert not holds_card(text), text
        assert without_cards(text) == text
    assert holds_card("3f2b9c1e-7a44-4c1d-4242-424242424242 4242 4242 4242 4242")
    assert holds_card("card4242424242424242") and holds_card("no4242424242424242")


def test_a_body_of_digits_takes_no_time() -> None:
    for text in ("4 " * 32_000, "4" * 64_000, "4242 " * 12_000):
        holds_card(text)  # quadratic, it would take minutes
