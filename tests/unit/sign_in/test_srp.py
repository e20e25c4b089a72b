"""SRP-6a of Cognito: vectors, a server's side of the protocol, pycognito, and rejected values."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import locale
import pickle
import secrets
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest.mock import patch

import gmpy2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycognito import aws_srp

from cognito_async.sign_in import _srp
from cognito_async.sign_in._modpow import Steps, run
from cognito_async.sign_in._srp import Exchange, G, K, N, SRPValueError, hash_int, pad

VECTORS: list[dict[str, str]] = json.loads(Path(__file__).with_name("srp_vectors.json").read_text("utf-8"))
NAMES = [vector["name"] for vector in VECTORS]
POOL = "eu-west-1_AbC123xyz"
TIMESTAMP = "Tue Sep 5 07:04:03 UTC 2023"
CANARY = "c4n4ry"


def number(text: str) -> int:
    return int(text, 16)


def arguments_of(vector: dict[str, str]) -> dict[str, str]:
    return {
        "group": vector["group"],
        "name": vector["user"],
        "password": vector["password"],
        "salt": vector["salt"],
        "srp_b": vector["B"],
        "secret_block": vector["block"],
        "timestamp": vector["ts"],
    }


def started(vector: dict[str, str]) -> Exchange:
    """Return the exchange of a vector after its first step."""
    exchange = Exchange(number(vector["a"]))
    run(exchange.public_value())
    return exchange


# Vectors


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_an_exchange_gives_the_public_value_and_signature_of_the_vector(
    vector: dict[str, str], numbers: str
) -> None:
    exchange = Exchange(number(vector["a"]))
    assert run(exchange.public_value()) == vector["A"]
    assert run(exchange.signature(**arguments_of(vector))) == vector["sig"]


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_the_parts_have_the_values_of_the_vector(vector: dict[str, str]) -> None:
    u = hash_int(pad(number(vector["A"])), pad(number(vector["B"])))
    x = _srp.private_key(vector["group"], vector["user"], vector["password"], number(vector["salt"]))
    assert (u, x) == (number(vector["u"]), number(vector["x"]))
    key = _srp.session_key(number(vector["S"]), u)
    assert key.hex() == vector["key"]
    block = base64.b64decode(vector["block"])
    assert _srp.sign(key, vector["group"], vector["user"], block, vector["ts"]) == vector["sig"]


def test_the_verifier_and_salt_of_a_device_are_those_of_the_vector(numbers: str) -> None:
    vector = VECTORS[NAMES.index("D1")]
    steps = _srp.device_verifier(vector["group"], vector["user"], vector["password"], number(vector["salt"]))
    assert run(steps) == (vector["PasswordVerifier_b64"], vector["Salt_b64"])


def test_the_multiplier_is_the_hash_of_padded_n_and_g() -> None:
    assert f"{K:x}" == "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"
    assert (len(pad(N)), pad(G)) == (385, b"\x02")


@pytest.mark.parametrize(
    ("value", "padded"),
    [(0, "00"), (1, "01"), (0x7F, "7f"), (0x80, "0080"), (0xFF, "00ff"), (0x100, "0100"), (0x8000, "008000")],
)
def test_numbers_are_padded_as_two_s_complement(value: int, padded: str) -> None:
    assert pad(value).hex() == padded


@given(st.integers(0, 2**3072))
def test_padding_is_that_of_pycognito(value: int) -> None:
    assert pad(value).hex() == aws_srp.pad_hex(value)


# A server, and pycognito


class Server:
    """The server's side of an exchange, as the service computes it."""

    def __init__(self, group: str, name: str, password: str, salt: int, b: int) -> None:
        self.group, self.name, self.salt, self.b = group, name, salt, b
        inner = hashlib.sha256(f"{group}{name}:{password}".encode()).digest()
        x = int.from_bytes(hashlib.sha256(pad(salt) + inner).digest(), "big")
        self.verifier = power(G, x)
        self.public = (K * self.verifier + power(G, b)) % N

    def signature(self, client_public: int, block: bytes, timestamp: str) -> str:
        hashed = hashlib.sha256(pad(client_public) + pad(self.public)).digest()
        u = int.from_bytes(hashed, "big")
        shared = power(client_public * power(self.verifier, u), self.b)
        extracted = hmac.new(pad(u), pad(shared), hashlib.sha256).digest()
        key = hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        message = self.group.encode() + self.name.encode() + block + timestamp.encode()
        return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def power(base: int, exponent: int, modulus: int = N) -> int:
    return int(gmpy2.powmod(base, exponent, modulus))


NON_EMPTY = st.text(min_size=1, max_size=40)
SALTS = st.integers(0, 2**128 - 1) | st.integers(0, 2**120 - 1)
SECRETS = st.integers(2**255, 2**256 - 1)


@pytest.mark.slow
@settings(max_examples=1000)
@given(NON_EMPTY, NON_EMPTY, SALTS, SECRETS, st.integers(1, 2**256))
@example("ana", "e\u0301", 0, 2**255, 1)
def test_any_user_is_accepted_by_a_server(name: str, password: str, salt: int, a: int, b: int) -> None:
    block = hashlib.sha256(name.encode()).digest()
    group = _srp.pool_name(POOL)
    server = Server(group, name, password, salt, b)
    exchange = Exchange(a)
    public = number(run(exchange.public_value()))
    steps = exchange.signature(
        group=group,
        name=name,
        password=password,
        salt=f"{salt:x}",
        srp_b=f"{server.public:x}",
        secret_block=base64.b64encode(block).decode(),
        timestamp=TIMESTAMP,
    )
    assert run(steps) == server.signature(public, block, TIMESTAMP)


@pytest.mark.slow
@settings(max_examples=1000)
@given(NON_EMPTY, NON_EMPTY, SALTS, SECRETS, st.integers(1, N - 1) | st.integers(1, 2**3060))
def test_any_challenge_gets_the_key_that_pycognito_computes(
    name: str, password: str, salt: int, a: int, srp_b: int
) -> None:
    """Including an ``SRP_B`` and salts whose leading zeros are missing."""
    group = _srp.pool_name(POOL)
    exchange = Exchange(a)
    public = run(exchange.public_value())
    steps = exchange.signature(
        group=group,
        name=name,
        password=password,
        salt=f"{salt:x}",
        srp_b=f"{srp_b:x}",
        secret_block="AAAA",
        timestamp=TIMESTAMP,
    )
    with patch.object(aws_srp, "pow", power, create=True):
        theirs = aws_srp.AWSSRP(name, password, POOL, "client", client=object())
        theirs.small_a_value = a
        theirs.large_a_value = theirs.calculate_a()
        assert public == aws_srp.long_to_hex(theirs.large_a_value)
        key = theirs.get_password_authentication_key(name, password, srp_b, f"{salt:x}")
    assert run(steps) == _srp.sign(key, group, name, bytes(3), TIMESTAMP)


@settings(max_examples=100)
@given(NON_EMPTY, NON_EMPTY, SALTS, SECRETS, st.integers(1, N - 1))
def test_any_device_gets_the_key_that_pycognito_computes(
    key: str, password: str, salt: int, a: int, srp_b: int
) -> None:
    exchange = Exchange(a)
    run(exchange.public_value())
    steps = exchange.signature(
        group="-AbCdEfGh",
        name=key,
        password=password,
        salt=f"{salt:032x}",
        srp_b=f"{srp_b:0768x}",
        secret_block="AAAA",
        timestamp=TIMESTAMP,
    )
    with patch.object(aws_srp, "pow", power, create=True):
        theirs = aws_srp.AWSSRP("ana", "p", POOL, "client", client=object())
        theirs.small_a_value = a
        theirs.large_a_value = theirs.calculate_a()
        expected = theirs.get_device_authentication_key("-AbCdEfGh", key, password, srp_b, f"{salt:x}")
    assert run(steps) == _srp.sign(expected, "-AbCdEfGh", key, bytes(3), TIMESTAMP)


@given(NON_EMPTY, SALTS)
def test_the_verifier_of_a_device_belongs_to_the_salt_that_is_sent(password: str, salt: int) -> None:
    verifier, sent = run(_srp.device_verifier("-g", "key", password, salt))
    received = int.from_bytes(base64.b64decode(sent), "big")
    assert received == salt
    expected = Server("-g", "key", password, received, 1).verifier
    assert base64.b64decode(verifier) == pad(expected)


# The exchange


def test_a_secret_is_random_and_has_256_bits() -> None:
    exchanges = [Exchange() for _ in range(20)]
    assert {exchange._secret.bit_length() for exchange in exchanges if exchange._secret} == {256}
    assert len({run(exchange.public_value()) for exchange in exchanges}) == 20


def test_a_secret_with_leading_zeros_gets_its_top_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbits", lambda bits: 5)
    assert Exchange()._secret == 2**255 + 5


def test_an_exchange_signs_once() -> None:
    exchange = started(VECTORS[0])
    with pytest.raises(RuntimeError, match="only once"):
        run(exchange.public_value())
    run(exchange.signature(**arguments_of(VECTORS[0])))
    with pytest.raises(RuntimeError, match="signs once"):
        run(exchange.signature(**arguments_of(VECTORS[0])))
    with pytest.raises(RuntimeError, match="only once"):
        run(exchange.public_value())


def test_an_exchange_cannot_sign_before_its_public_value() -> None:
    with pytest.raises(RuntimeError, match="after public_value"):
        run(Exchange().signature(**arguments_of(VECTORS[0])))


def test_an_exchange_that_rejected_a_challenge_cannot_be_used_again() -> None:
    exchange = started(VECTORS[0])
    with pytest.raises(SRPValueError):
        run(exchange.signature(**arguments_of(VECTORS[0]) | {"srp_b": "0"}))
    with pytest.raises(RuntimeError):
        run(exchange.signature(**arguments_of(VECTORS[0])))


def test_an_exchange_shows_no_secret_and_cannot_be_copied() -> None:
    exchange = started(VECTORS[0])
    assert repr(exchange) == str(exchange) == "<Exchange>"
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(
            TypeError, match=r"^Exchange cannot be pickled or copied: its secret must be used"
        ):
            way(exchange)


# Rejected values

REJECTED = [
    ({"srp_b": "0"}, "SRP_B is a multiple of N"),
    ({"srp_b": "000"}, "SRP_B is a multiple of N"),
    ({"srp_b": f"{N:x}"}, "SRP_B is a multiple of N"),
    ({"srp_b": f"{2 * N:x}"}, "SRP_B is a multiple of N"),
    *[
        ({"srp_b": text}, "SRP_B: expected 1 to 1,024 hexadecimal digits")
        for text in ("", f"0x{CANARY}", "-1", "+1", " 1", "1\n", "1_0", "\u0661", "f" * 1025, "\ud800")
    ],
    *[({"salt": text}, "SALT: expected 1 to 1,024 hexadecimal digits") for text in ("", CANARY, "-1")],
    *[
        ({"secret_block": text}, "SECRET_BLOCK: expected base64")
        for text in (
            "",
            "=",
            "====",
            "A",
            "AAAAA",
            "AA A",
            "AAA\n",
            f"{CANARY}!",
            "AA=A",
            "AAAA===",
            "é",
            "\ud800",
        )
    ],
    ({"password": f"{CANARY}\ud800"}, "a name or a password contains half of a surrogate pair"),
    ({"name": f"{CANARY}\udfff"}, "a name or a password contains half of a surrogate pair"),
]


@pytest.mark.parametrize(("changes", "message"), REJECTED)
def test_a_malformed_or_unsafe_value_is_rejected(changes: dict[str, str], message: str) -> None:
    steps = started(VECTORS[0]).signature(**arguments_of(VECTORS[0]) | changes)
    with pytest.raises(SRPValueError) as raised:
        run(steps)
    assert str(raised.value) == message
    assert CANARY not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_a_hash_of_zero_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = started(VECTORS[0])
    monkeypatch.setattr(_srp, "hash_int", lambda *parts: 0)
    with pytest.raises(SRPValueError, match=r"^the hash of SRP_A and SRP_B is 0$"):
        run(exchange.signature(**arguments_of(VECTORS[0])))


def test_a_public_value_of_zero_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot occur: 2 has an inverse modulo N."""

    def zero(exponent: int) -> Steps[int]:
        yield
        return N

    monkeypatch.setattr(_srp, "power_of_g", zero)
    with pytest.raises(SRPValueError, match=r"^SRP_A is 0$"):
        run(Exchange().public_value())


@given(st.binary(min_size=1, max_size=100))
def test_base64_of_either_alphabet_with_or_without_padding_is_accepted(data: bytes) -> None:
    for text in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        assert _srp.parse_base64(text) == _srp.parse_base64(text.rstrip("=")) == data


@given(st.integers(0, 2**4096 - 1), st.integers(0, 3))
def test_hexadecimal_digits_are_accepted_in_either_case_and_with_leading_zeros(
    value: int, zeros: int
) -> None:
    text = "0" * zeros + f"{value:x}"
    if len(text) <= 1024:
        assert _srp.parse_hex(text) == _srp.parse_hex(text.upper()) == value


def test_the_name_of_a_pool_is_everything_after_the_first_underscore() -> None:
    for vector in VECTORS[:3]:
        assert _srp.pool_name(vector["pool"]) == vector["group"]
    assert _srp.pool_name("local_a_b") == "a_b"


# Timestamps

TIMES = [
    *[
        (datetime(2023, 9, day, 7, 4, 3, tzinfo=UTC), f"{name} Sep {day} 07:04:03 UTC 2023")
        for day, name in enumerate("Fri Sat Sun Mon Tue Wed Thu Fri Sat Sun".split(), 1)
    ],
    *[
        (datetime(2027, month, 15, tzinfo=UTC), f"{day} {name} 15 00:00:00 UTC 2027")
        for month, (day, name) in enumerate(
            zip(
                "Fri Mon Mon Thu Sat Tue Thu Sun Wed Fri Mon Wed".split(),
                "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
                strict=True,
            ),
            1,
        )
    ],
    (datetime(2032, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), "Sun Feb 29 23:59:59 UTC 2032"),
    (datetime(2026, 12, 31, 23, 30, tzinfo=timezone(-timedelta(hours=1))), "Fri Jan 1 00:30:00 UTC 2027"),
    (datetime(2027, 1, 1, 5, tzinfo=timezone(timedelta(hours=9))), "Thu Dec 31 20:00:00 UTC 2026"),
]


@pytest.mark.parametrize(("moment", "expected"), TIMES, ids=[expected for _, expected in TIMES])
def test_a_timestamp_is_in_utc_with_english_names(moment: datetime, expected: str) -> None:
    assert _srp.timestamp(moment) == expected


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)))  # noqa: DTZ001  gets a zone below
def test_a_timestamp_is_that_of_pycognito(moment: datetime) -> None:
    utc = moment.replace(tzinfo=UTC)
    assert _srp.timestamp(utc) == aws_srp.AWSSRP.get_cognito_formatted_timestamp(utc)


def test_a_timestamp_does_not_depend_on_the_locale() -> None:
    before = locale.setlocale(locale.LC_TIME)
    moment, expected = TIMES[0]
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "ja_JP.UTF-8", "German", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue  # is not installed
            assert _srp.timestamp(moment) == expected
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_a_timestamp_uses_no_function_that_depends_on_the_locale() -> None:
    class Moment(datetime):
        def strftime(self, *arguments: Any) -> str:
            raise AssertionError(arguments)

    assert _srp.timestamp(Moment(2023, 9, 5, 7, 4, 3, tzinfo=UTC)) == TIMESTAMP
