"""Card numbers where none belongs: in text that is kept, logged or shown."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate

from core.domain.instrument import passes_luhn

MASK = "[card number]"
# The prefixes and lengths that the schemes issue: Visa; Mastercard; American Express; Diners Club; JCB;
# RuPay, Discover and Maestro's 6…; UnionPay. Any digits would do for Luhn one time in ten.
ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d+"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:6[04-57-9]|8[1-9])\d{14}|62\d{14,17}",
    re.ASCII,
)
MASTERCARD_DIGITS = 16
SHORTEST, LONGEST = 13, 19
# Groups of digits, as people write them: whatever could be a card number is within one of these. What machines
# make of random bits is passed over first, or one UUID in some ten thousand would be refused: UUIDs and digests.
DIGITS = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}"
    r")(?![0-9A-Za-z])"
    r"|(?P<run>(?<![0-9])[0-9](?:[ ._\u00a0-]?[0-9]){12,})"
)
MANY_DIGITS = re.compile(r"[0-9](?:[ ._\u00a0-]?[0-9]){12,}")  # as fast as it can be, to rule all of it out
GROUP = re.compile(r"[0-9]+")


def holds_card(text: str) -> bool:
    """Whether a card number stands in it, written with or without gaps, also beside other digits."""
    return any(True for run in DIGITS.finditer(_in_ascii_digits(text)) for _ in _cards(run))


def without_cards(text: str) -> str:
    """The text with every card number masked."""
    text = _in_ascii_digits(text)

    def mask(run: re.Match[str]) -> str:
        return MASK if any(True for _ in _cards(run)) else run.group()

    return DIGITS.sub(mask, text)


def is_card_number(digits: str) -> bool:
    """Issued by a scheme, as far as prefix, length and check digit (ISO/IEC 7812-1) tell."""
    if not ISSUED.fullmatch(digits) or not passes_luhn(digits):
        return False
    return digits[0] not in "52" or len(digits) == MASTERCARD_DIGITS


def _in_ascii_digits(text: str) -> str:
    """Digits of other scripts, and wide ones, are digits to whoever reads them."""
    return text if text.isascii() else "".join(str(unicodedata.decimal(letter, letter)) for letter in text)


def _cards(run: re.Match[str]) -> Iterator[str]:
    """Every series of whole groups that is one; a security code may stand right behind it."""
    groups = GROUP.findall(run["run"] or "")
    for start in range(len(groups)):
        for digits in accumulate(groups[start : start + LONGEST]):
            if len(digits) > LONGEST:
                break
            if len(digits) >= SHORTEST and is_card_number(digits):
                yield digits
