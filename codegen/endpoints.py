"""Translates the endpoint rule set and the partitions to Python source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from codegen.ir import ModelError

# Parameters of the rule set, and the client's settings for them.
_PARAMETERS = {
    "Region": ("region", "str | None = None"),
    "UseFIPS": ("use_fips", "bool = False"),
    "UseDualStack": ("use_dualstack", "bool = False"),
    "Endpoint": ("endpoint_url", "str | None = None"),
}
_PARTITION_FIELDS = {
    "name": "name",
    "dnsSuffix": "dns_suffix",
    "dualStackDnsSuffix": "dual_stack_dns_suffix",
    "supportsFIPS": "supports_fips",
    "supportsDualStack": "supports_dual_stack",
}


@frozen
class PartitionRow:
    """A partition; ``regions`` are those that the pattern does not match."""

    name: str
    pattern: str
    regions: tuple[str, ...]
    dns_suffix: str
    dual_stack_dns_suffix: str
    supports_fips: bool
    supports_dual_stack: bool


def partition_rows(data: Mapping[str, Any]) -> list[PartitionRow]:
    """Return the partitions of ``partitions.json``."""
    return [
        PartitionRow(
            pattern=raw["regionRegex"].replace(r"\-", "-"),
            regions=tuple(sorted(name for name in raw["regions"] if not re.match(raw["regionRegex"], name))),
            **{ours: raw["outputs"][theirs] for theirs, ours in _PARTITION_FIELDS.items()},
        )
        for raw in data["partitions"]
    ]


def parameters_source(rules: Mapping[str, Any]) -> str:
    """Return the parameters of the compiled function."""
    unknown = sorted(set(rules["parameters"]) - set(_PARAMETERS))
    if unknown:
        raise ModelError(f"endpoint rules: the client has no setting for {', '.join(unknown)}")
    return ", ".join(f"{name}: {annotation}" for name, annotation in _PARAMETERS.values())


def body_source(rules: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the body of the compiled function."""
    return "\n".join(_Compiler(messages).block(rules["rules"], 1))


def errors_without_message(rules: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the errors of the rule set for which a person must write a message, each once."""
    texts = dict.fromkeys(_errors(rules["rules"]))
    return [text for text in texts if _find_message(text, messages) is None]


def _errors(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for rule in rules:
        if rule["type"] == "error":
            yield rule["error"]
        yield from _errors(rule.get("rules", ()))


def _find_message(text: str, messages: Sequence[Mapping[str, Any]]) -> str | None:
    return next(
        (
            entry["message"]
            for entry in messages
            if entry["message"] and all(word in text for word in entry["words"])
        ),
        None,
    )


class _Compiler:
    """Compiles each rule to an ``if``; a rule without conditions ends its block."""

    def __init__(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self._messages = messages
        self._assigned: set[str] = set()

    def block(self, rules: Sequence[Mapping[str, Any]], depth: int) -> Iterator[str]:
        margin = "    " * depth
        for rule in rules:
            tests: list[str] = []
            for condition in rule["conditions"]:
                if "assign" in condition:
                    if tests:
                        raise ModelError("endpoint rules: an assignment after a test is not supported")
                    value = self._value(condition)
                    self._assigned.add(condition["assign"])
                    yield f"{margin}{_local(condition['assign'])} = {value}"
                else:
                    tests.append(self._value(condition))
            if tests:
                yield f"{margin}if {' and '.join(tests)}:"
                yield from self._outcome(rule, depth + 1)
            else:
                yield from self._outcome(rule, depth)
                if rule["type"] != "tree":
                    return

    def _outcome(self, rule: Mapping[str, Any], depth: int) -> Iterator[str]:
        margin = "    " * depth
        match rule["type"]:
            case "tree":
                yield from self.block(rule["rules"], depth)
            case "error":
                yield f"{margin}message = {self._message(rule['error'])!r}"
                yield f"{margin}raise ConfigurationError(message)"
            case "endpoint":
                extra = rule["endpoint"].get("properties") or rule["endpoint"].get("headers")
                if extra:
                    raise ModelError(f"endpoint rules: properties and headers are not supported: {extra}")
                yield f"{margin}return {self._value(rule['endpoint']['url'])}"
            case kind:
                raise ModelError(f"endpoint rules: unknown rule type {kind!r}")

    def _value(self, node: Any) -> str:
        match node:
            case str():
                return self._template(node)
            case {"ref": name}:
                return self._name(name)
            case {"fn": "isSet", "argv": [value]}:
                return f"({self._value(value)} is not None)"
            case {"fn": "not", "argv": [value]}:
                return f"not ({self._value(value)})"
            case {"fn": "booleanEquals", "argv": [left, right]}:
                return self._truth(left, right)
            case {"fn": "stringEquals", "argv": [left, right]}:
                if isinstance(left, str):  # reads better with the constant on the right
                    left, right = right, left
                return f"({self._value(left)} == {self._value(right)})"
            case {"fn": "aws.partition", "argv": [region]}:
                return f"partition_of({self._value(region)})"
            case {"fn": "getAttr", "argv": [value, name]} if name in _PARTITION_FIELDS:
                return f"{self._value(value)}.{_PARTITION_FIELDS[name]}"
            case _:
                raise ModelError(f"endpoint rules: not supported: {node}")

    def _truth(self, left: Any, right: Any) -> str:
        value, constant = (right, left) if isinstance(left, bool) else (left, right)
        if not isinstance(constant, bool):
            return f"(({self._value(value)}) == ({self._value(constant)}))"
        return self._value(value) if constant else f"not {self._value(value)}"

    def _template(self, text: str) -> str:
        """Return a template such as ``https://x.{Region}.{PartitionResult#dnsSuffix}`` as an f-string."""

        def field(match: re.Match[str]) -> str:
            name, _, attribute = match[1].partition("#")
            if not attribute:
                return f"{{{self._name(name)}}}"
            if attribute not in _PARTITION_FIELDS:
                raise ModelError(f"endpoint rules: not supported: {attribute} of a partition")
            return f"{{{self._name(name)}.{_PARTITION_FIELDS[attribute]}}}"

        filled = re.sub(r"\{([^}]*)\}", field, text)
        return f'f"{filled}"' if "{" in text else repr(text)

    def _name(self, name: str) -> str:
        if name not in _PARAMETERS and name not in self._assigned:
            raise ModelError(f"endpoint rules: {name} is neither a parameter nor assigned")
        return _local(name)

    def _message(self, text: str) -> str:
        message = _find_message(text, self._messages)
        if message is None:
            raise ModelError(f"overrides.toml [[endpoint_errors]]: write a message for {text!r}")
        return message


def _local(name: str) -> str:
    if name in _PARAMETERS:
        return _PARAMETERS[name][0]
    return "partition" if name == "PartitionResult" else re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
