"""The fingerprint of a request rests on one form of its body, whichever encoder makes it."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.api.idempotent import canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.text(st.characters(codec="ascii"))
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT | PLAIN
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


@given(st.dictionaries(TEXT, VALUES) | st.dictionaries(PLAIN, LEAVES))
def test_it_is_that_of_rfc_8785(body: dict[str, object]) -> None:
    assert canonical(body) == rfc8785.dumps(body).decode()


@pytest.mark.parametrize("number", [1.0, 1e21, -0.0, 5e-324])
def test_fractions_too(number: float) -> None:
    assert canonical({"b": number, "a": "x"}) == '{"a":"x","b":' + rfc8785.dumps(number).decode() + "}"
