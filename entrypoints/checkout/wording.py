"""The page's sentences, in the reader's language."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "words"
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)  # RFC 5646, as far as browsers send it
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """`page` is written into the page, `say` is what its script says. `locale` is for numbers."""

    language: str
    locale: str
    page: dict[str, str]
    say: dict[str, str]

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


def choose(wanted: str | None, accepted: str, currency: str | None) -> Wording:
    """The first language that we speak: of the one asked for, then of the browser's `Accept-Language`."""
    tags = [wanted or "", *(entry.partition(";")[0].strip() for entry in accepted.split(",")[:20])]
    for tag in tags:
        language = tag.partition("-")[0].lower()
        if TAG.fullmatch(tag) and language in languages():
            return _wording(language, tag, currency, is_asked_for=tag == wanted)
    return _wording(FALLBACK, FALLBACK, currency, is_asked_for=False)


@cache
def languages() -> dict[str, dict[str, dict[str, str]]]:
    """By language; a file more is a language more."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))}


def _wording(language: str, tag: str, currency: str | None, *, is_asked_for: bool) -> Wording:
    words = languages()[language]
    # Rupees are grouped as in India (₹1,00,000) unless the shop asks otherwise.
    indian = currency == "INR" and not (is_asked_for and "-" in tag)
    return Wording(language, f"{language}-IN" if indian else tag, words["page"], words["say"])
