"""What a diagnosis says: one finding for each cause, with its evidence, whose side it is and the next step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sambung.domain.diagnosis.facts import Facts
from sambung.domain.errors import CATALOGUE, Action, Code, Side


class Severity(StrEnum):
    """How bad it is, the worst first: no service, service at risk, worth knowing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Sign:
    """What a rule saw. `evidence` is JSON without secrets, `params` fill the text, `action` replaces the usual one."""

    severity: Severity
    evidence: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause: how it is seen, and which other causes, when found, make it a mere symptom that is left out."""

    code: Code
    look: Callable[[Facts], Sign | None]
    explained_by: frozenset[Code] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a diagnosis."""

    code: Code
    severity: Severity
    side: Side
    action: Action
    evidence: Mapping[str, object]
    params: Mapping[str, str]


def finding(code: Code, sign: Sign) -> Finding:
    """A sign with what the catalogue knows of its code."""
    entry = CATALOGUE[code]
    return Finding(code, sign.severity, entry.side, sign.action or entry.action, sign.evidence, sign.params)


def seconds(span: timedelta) -> int:
    """A span as evidence."""
    return round(span.total_seconds())
