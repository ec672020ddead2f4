"""Card numbers that nobody else has, and everything by which one would be known again."""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from core.domain.instrument import passes_luhn

# All of them share these digits, so that one search finds every one: more than the six between those that may
# be shown (PCI DSS, 3.4). The others count.
MIDDLE = "739104862"
GAP = rb"(?:[ .+_-]|%20|\xc2\xa0)?"
NUMBER = re.compile(
    b"(?:[0-9]" + GAP + b"){0,3}" + GAP.join(MIDDLE[n : n + 1].encode() for n in range(len(MIDDLE)))
    + b"(?:" + GAP + b"[0-9]){0,4}"
)  # fmt: skip
# Whatever stands before it, three bytes are four characters: what of them is the middle's alone.
BASE64 = [b64encode(b"x" * shift + MIDDLE.encode())[4:12] for shift in (3, 1, 2)]
OTHER_FORMS = re.compile(b"|".join(map(re.escape, [*BASE64, MIDDLE.encode().hex().encode()])))
CVV_MARK = "cvvcanary"  # where a security code goes that is no number, so that it can be looked for
# A security code of digits is too short to be looked for by itself: it is known by what stands before it.
CVV_VALUE = re.compile(rb"(?:cvv2?|cvc2?|security.code)[\"'\\]*\s*[:=]\s*[\"'\\]*[0-9]{3,4}\b", re.I)
MARK = re.compile(CVV_MARK.encode() + rb"[0-9]+")


@dataclass(frozen=True)
class Canary:
    """A valid card number, with a security code."""

    number: str
    cvv: str

    def card(self, **changes: Any) -> dict[str, Any]:
        sound = {"expiry_month": 12, "expiry_year": 2040, "cvv": self.cvv, "holder_name": "Asha Rao"}
        return {"number": self.number, **sound, **changes}

    def forms(self) -> dict[str, bytes]:
        """How it could be written."""
        groups = [self.number[n : n + 4] for n in (0, 4, 8, 12)]
        plain = self.number.encode()
        gaps = {gap: gap.join(groups).encode() for gap in ("", " ", "-", ".", "%20", "\u00a0")}
        base64 = {f"base64 {shift}": b64encode(b"x" * shift + plain) for shift in range(3)}
        return gaps | base64 | {"middle": MIDDLE.encode(), "hex": plain.hex().encode()}


@dataclass
class Aviary:
    """Makes a new one for every place to which one is sent, and knows where that was."""

    sent_as: dict[str, str] = field(default_factory=dict)

    def new(self, sent_as: str) -> Canary:
        serial = f"{len(self.sent_as):05d}"
        digits = f"4{serial[:2]}{MIDDLE}{serial[2:]}"
        number = next(digits + check for check in "0123456789" if passes_luhn(digits + check))
        self.sent_as[number] = sent_as
        return Canary(number, serial[-3:])

    def found_in(self, name: str, text: bytes) -> list[str]:
        """What was found, a sentence each."""
        found = []
        for hit in NUMBER.finditer(text):
            number = re.sub(rb"%20|[^0-9]", b"", hit.group()).decode()
            found.append(f"{name}: {hit.group()!r}, sent as {self.sent_as.get(number, 'whatever')}")
        for pattern in (OTHER_FORMS, CVV_VALUE, MARK):
            found += [f"{name}: {hit.group()!r}" for hit in pattern.finditer(text)]
        return found
