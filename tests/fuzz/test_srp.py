"""For any challenge, an SRP exchange gives a signature or raises a documented error without secrets."""

from __future__ import annotations

import base64
import string

from hypothesis import example, given
from hypothesis import strategies as st

from cognito_async.sign_in import _srp
from cognito_async.sign_in._modpow import N, run
from fuzz.malformed import CANARY, damaged

HEX = st.integers(0, 2**3100).map("{:x}".format) | st.sampled_from(["0", f"{N:x}", f"{2 * N:X}", "0" * 768])
BASE64 = st.binary(max_size=100).map(lambda data: base64.b64encode(data).decode())
MALFORMED = st.text(max_size=20) | st.sampled_from(["", " ", "\0", "-1", "0x1", "1_0", "\u0661", "f" * 5000])
MALFORMED |= st.sampled_from([CANARY, f"{CANARY}\ud800", "=", "A", "AA=A", "====", "_-", "A" * 100_000])


def texts(valid: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return valid texts, texts with a few other characters, and any others."""
    changed = damaged(valid.map(str.encode)).map(lambda raw: raw.decode("latin-1"))
    return valid | changed | MALFORMED


@given(texts(HEX), texts(HEX), texts(BASE64), MALFORMED)
@example("1", "1", "AAAA", f"{CANARY}\ud800")
def test_every_challenge_is_signed_or_rejected(srp_b: str, salt: str, block: str, name: str) -> None:
    exchange = _srp.Exchange(2)
    run(exchange.public_value())
    steps = exchange.signature(
        group="AbC123",
        name=name,
        password=CANARY,
        salt=salt,
        srp_b=srp_b,
        secret_block=block,
        timestamp="Tue Sep 5 07:04:03 UTC 2023",
    )
    try:
        signature = run(steps)
    except _srp.SRPValueError as error:
        text = f"{error} {error!r} {error.__cause__!r}"
    else:
        text = ""
        assert len(base64.b64decode(signature)) == 32
    assert CANARY not in text


@given(texts(HEX))
def test_hexadecimal_digits_are_parsed_as_int_parses_them_or_rejected(text: str) -> None:
    try:
        value = _srp.parse_hex(text)
    except _srp.SRPValueError:
        assert not 1 <= len(text) <= 1024 or set(text) - set(string.hexdigits)
    else:
        assert value == int(text, 16) >= 0


@given(texts(BASE64))
def test_base64_is_parsed_as_the_standard_library_parses_it_or_rejected(text: str) -> None:
    try:
        data = _srp.parse_base64(text)
    except _srp.SRPValueError:
        return
    digits = text.rstrip("=").replace("-", "+").replace("_", "/")
    assert data == base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)


@given(BASE64.filter(bool))
def test_valid_base64_is_not_rejected(text: str) -> None:
    assert base64.b64encode(_srp.parse_base64(text)).decode() == text
