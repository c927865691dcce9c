"""Who is behind the principal of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PERSON: Final = "person"
ROOT: Final = "root"
PIPELINE: Final = "pipeline"
WORKLOAD: Final = "workload"
AWS_SERVICE: Final = "aws-service"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is behind the principal of a call."""

    kind: str
    """`person`, `root`, `pipeline`, `workload`, `aws-service` or `unknown`."""
    name: str
    """What people call them: the session name of an Identity Center person, the IAM user, `role/session`."""
    principal: str | None
    """The caller's ARN as CloudTrail wrote it."""
    via: str
    """`console`, `cli`, `sdk`, `terraform`, `pulumi`, `cdk`, `cloudformation`, `<service>` or `unknown`."""
    source_ip: str | None
    """Address, or the name of the service that called."""
    mfa: bool | None
    """Whether the session was authenticated with MFA; None where the record does not say."""

    @property
    def account(self) -> str | None:
        """The account in the principal's ARN; None where there is none."""
        parts = self.principal.split(":") if self.principal else []
        return parts[4] if len(parts) > 5 and parts[4] else None

    def to_json(self) -> dict[str, Any]:
        """The `actor` object of the JSON contract."""
        return {
            "kind": self.kind,
            "name": self.name,
            "principal": self.principal,
            "via": self.via,
            "source_ip": self.source_ip,
            "mfa": self.mfa,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Actor:
        """Read what `to_json` wrote."""
        return cls(**raw)
