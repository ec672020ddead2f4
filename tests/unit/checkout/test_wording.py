"""Every language says everything."""

import re

import pytest

from entrypoints.checkout.wording import choose, languages

PLACEHOLDER = re.compile(r"\{\w+\}")
GROUPS = ("page", "say")


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("group", GROUPS)
def test_a_language_is_whole(language: str, group: str) -> None:
    english, words = languages()["en"][group], languages()[language][group]
    assert list(words) == list(english)
    for name, text in words.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english[name])), name
        assert text.strip() == text and text, name


@pytest.mark.parametrize("group", GROUPS)
def test_no_shouting_and_no_apologies(group: str) -> None:
    for name, text in languages()["en"][group].items():
        assert not re.search(r"!|sorry|oops|please|error|invalid", text, re.IGNORECASE), name


@pytest.mark.parametrize(
    ("wanted", "accepted", "currency", "language", "locale"),
    [
        (None, "", "INR", "en", "en-IN"),
        (None, "en-US,en", "USD", "en", "en-US"),
        (None, "en-US,en", "INR", "en", "en-IN"),
        ("en-US", "hi", "INR", "en", "en-US"),
        ("hi", "en", "INR", "hi", "hi-IN"),
        ("de", "hi-IN", None, "hi", "hi-IN"),
        ("de", "fr", None, "en", "en"),
    ],
)
def test_the_choice(wanted: str, accepted: str, currency: str, language: str, locale: str) -> None:
    chosen = choose(wanted, accepted, currency)
    assert (chosen.language, chosen.locale) == (language, locale)
