"""What a resource is called. Whole values only: `sg-1` is not `sg-12`, `web` is not `web-2`.

A *unique* identifier (an ARN, an id that AWS generated, a URL) counts wherever a record has it as a value. A *plain*
one (a name that people chose, which other resources may carry too) counts only under a key that speaks of this kind
of resource: `functionName`, `dBInstanceIdentifier`, `name`, and never among tags, descriptions or statuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from manual_change.domain.change import Change, Resource

GENERATED_PREFIXES: Final = frozenset(
    "acl aclassoc ami bundle cagw cgw cr dopt dxcon dxvif eigw eipalloc eipassoc eni eni-attach erg fl fle fpga"
    " fs fsap fsmt i igw import-ami import-snap ipam ipam-pool ipam-scope lgw lgw-rtb lt lur"
    " nat network-insights-access-scope nip nis pcx pg pl pool rtb rtbassoc scg scl sfr sg sgr sir snap"
    " subnet subnet-cidr-assoc tgw tgw-attach tgw-connect-peer tgw-mcast-domain tgw-rtb tmf tmfr tms"
    " verified-access-endpoint verified-access-group verified-access-instance vai vagr vgw vol vpc vpc-cidr-assoc"
    " vpce vpce-svc vpn".split()
)
"""Prefixes of generated ids (`sg-0abc`), from the resource id formats of the Amazon EC2 user guide."""

_GENERATED: Final = re.compile(r"([a-z]+(?:-[a-z]+)*)-([0-9a-f]+)")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_OPAQUE: Final[Mapping[str, re.Pattern[str]]] = {
    "CloudFront": re.compile(r"E[A-Z0-9]{9,}"),
    "ElasticLoadBalancingV2": re.compile(r"[0-9a-f]{16,}"),
    "IAM": re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}"),
    "RDS": re.compile(r"(?:db|cluster)-[A-Z0-9]{20,}"),
    "Route53": re.compile(r"Z[A-Z0-9]{9,}"),
}
"""TABLE: generated ids without a prefix of their own, by the second word of the type. Names of others may look so."""
_ACCOUNT: Final = re.compile(r"\d{12}")
_SECRET_SUFFIX: Final = re.compile(r"-[A-Za-z0-9]{6}$")
_KEY_ENDING: Final = re.compile(r"(name|id|arn|identifier|url)s?$")

ACCOUNT_LEVEL_TYPES: Final = frozenset(
    {
        "AWS::::Account",
        "AWS::EC2::EBSEncryptionByDefault",
        "AWS::IAM::AccountPasswordPolicy",
        "AWS::S3::AccountPublicAccessBlock",
    }
)
"""Types whose resource is the account: only for these does a bare account id name something."""

NOUNS: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::AutoScaling::ScalingPolicy": ("scalingpolicy", "policy"),
    "AWS::CloudWatch::Alarm": ("alarm", "metricalarm", "compositealarm"),
    "AWS::EC2::EC2Fleet": ("fleet",),
    "AWS::EC2::EIP": ("address",),
    "AWS::EC2::KeyPair": ("keypair", "key"),
    "AWS::EC2::RouteTable": ("routetable", "route"),
    "AWS::Elasticsearch::Domain": ("domain", "elasticsearchdomain"),
    "AWS::IAM::OIDCProvider": ("openidconnectprovider",),
    "AWS::OpenSearch::Domain": ("domain", "elasticsearchdomain"),
    "AWS::OpenSearchService::Domain": ("domain", "elasticsearchdomain"),
    "AWS::Route53::HostedZone": ("hostedzone", "resourcerecordset"),
    "AWS::SNS::Topic": ("topic", "subscription"),
}
"""What calls name a type, where it is not the type's own last word, in lower case."""


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What a changed resource is called."""

    unique: frozenset[str]
    plain: frozenset[str]
    """Plain identifiers: the id where it is a name, the name, the ARN's last segment."""
    inner: frozenset[str]
    """Generated ids of parts of the resource that the diff shows: `DisassociateRouteTable` names only `rtbassoc-…`."""
    shape: str
    """What other resources of the type look like: `sg-`, or `ecs:service` for an ARN."""

    def __iter__(self) -> Iterator[str]:
        yield from self.unique
        yield from self.plain
        yield from self.inner


def identifiers_of(change: Change) -> Identifiers:
    """What the changed resource is called, in every form that calls use."""
    resource = change.resource
    unique: set[str] = set()
    plain: set[str] = set()
    for form in _forms(resource):
        if _ACCOUNT.fullmatch(form):
            if resource.type in ACCOUNT_LEVEL_TYPES:
                plain.add(form)
        elif is_unique(form, resource.type):
            unique.add(form)
        else:
            plain.add(form)
    shape = _shape_of(resource)
    others = {relation.id for relation in change.relations} | unique
    inner = {
        value
        for changed in change.properties
        if not changed.path.startswith(("Tags", "Relationships"))
        for value in (*_texts(changed.before), *_texts(changed.after))
        if is_generated(value) and value not in others and not has_shape(value, shape)
    }
    return Identifiers(frozenset(unique), frozenset(plain), frozenset(inner), shape)


def is_generated(value: str) -> bool:
    """Whether the value is an id that AWS generated, such as `sg-0abc` or a UUID."""
    found = _GENERATED.fullmatch(value)
    return (found is not None and found[1] in GENERATED_PREFIXES) or _UUID.fullmatch(value) is not None


def is_unique(value: str, resource_type: str) -> bool:
    """Whether no other resource can carry this value: an ARN, a URL, an id that AWS generated."""
    opaque = _OPAQUE.get(_service_word(resource_type))
    return (
        value.startswith(("arn:", "https://"))
        or is_generated(value)
        or (opaque is not None and opaque.fullmatch(value) is not None)
    )


def _service_word(resource_type: str) -> str:
    """`RDS` of `AWS::RDS::DBInstance`."""
    return resource_type.split("::")[1] if resource_type.count("::") >= 2 else ""


def _arn_of(resource: Resource) -> str | None:
    """The ARN, which some types have for an id; None where what is called so is none."""
    called = (resource.arn, resource.id)
    return next((arn for arn in called if arn and arn.startswith("arn:") and arn.count(":") >= 5), None)


def _forms(resource: Resource) -> Iterator[str]:
    """TABLE: in which forms calls name a resource, by type, after id, name, ARN and the ARN's last word."""
    arn = _arn_of(resource)
    yield resource.id
    if resource.name:
        yield resource.name
    if arn:
        yield arn
        resource_part = arn.split(":", 5)[-1]
        last = re.split(r"[/:]", resource_part)[-1]
        whole = [name for name in (resource.id, resource.name) if name and not name.startswith("arn:")]
        # the last part of a name that has parts (`team/web`) is the name of another
        if last and last != "*" and not any(name.endswith((f"/{last}", f":{last}")) for name in whole):
            yield last
    match _service_word(resource.type):
        case "SQS":
            yield from _queue_forms(resource, arn)
        case "SecretsManager" if arn:
            yield _SECRET_SUFFIX.sub("", arn)
            yield _SECRET_SUFFIX.sub("", arn.rpartition(":")[2])
        case "ElasticLoadBalancingV2" if arn and "loadbalancer/" in arn:
            yield arn.partition("loadbalancer/")[2]
        case "Elasticsearch" | "OpenSearch" | "OpenSearchService":
            yield resource.id.rpartition("/")[2]
        case "Lambda" if arn and ":function:" in arn:
            account, _, rest = arn.split(":", 4)[4].partition(":")
            yield f"{account}:{rest}"
        case "Logs" if arn:
            yield arn.removesuffix(":*")
            yield arn.removesuffix(":*") + ":*"
        case "Route53":
            zone = resource.id.rpartition("/")[2]
            yield zone
            yield f"/hostedzone/{zone}"
        case "ECS" if arn and arn.count("/") == 2:  # the ARN without the cluster, of accounts before 2018
            head, _, tail = arn.split("/")
            yield f"{head}/{tail}"
        case "CloudFront":
            yield resource.id.rpartition("/")[2]
        case "S3" if not arn:
            yield f"arn:aws:s3:::{resource.id}"
        case _:
            pass


def _queue_forms(resource: Resource, arn: str | None) -> Iterator[str]:
    url = resource.id if resource.id.startswith("https://") else None
    if url:
        account, name = url.split("/")[-2:]
    elif arn:
        account, name = arn.split(":")[4:6]
    else:
        return
    region = resource.region
    yield name
    yield f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    yield f"https://{region}.queue.amazonaws.com/{account}/{name}"
    yield f"https://queue.amazonaws.com/{account}/{name}"
    yield f"https://sqs.{region}.amazonaws.com.cn/{account}/{name}"


def _shape_of(resource: Resource) -> str:
    found = _GENERATED.fullmatch(resource.id)
    if found and found[1] in GENERATED_PREFIXES:
        return f"{found[1]}-"
    arn = _arn_of(resource)
    return arn_shape(arn) if arn else "-"


def has_shape(value: str, shape: str) -> bool:
    """Whether a generated id is of the same kind: `eni-1` and `eni-2`, but not `eni-attach-1`."""
    found = _GENERATED.fullmatch(value)
    return found is not None and f"{found[1]}-" == shape


def arn_shape(arn: str) -> str:
    """`ecs:service` of any ECS service's ARN; `s3:` of a bucket's."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return ""
    return f"{parts[2]}:{re.split(r'[/:]', parts[5])[0] if re.search(r'[/:]', parts[5]) else ''}"


@lru_cache(maxsize=1024)
def nouns_of(resource_type: str) -> tuple[str, ...]:
    """What calls name resources of this type, in lower case."""
    return NOUNS.get(resource_type) or (resource_type.rpartition("::")[2].lower(),)


_GENERAL_STEMS: Final = ("", "resource", "physical", "target")


@lru_cache(maxsize=4096)
def is_general(key: str) -> bool:
    """Whether the key (lower case) names whatever the call is about: `name`, `id`, `resourceid`, `targetname`."""
    found = _KEY_ENDING.search(key)
    return found is not None and _stem(key, found) in _GENERAL_STEMS


def _stem(key: str, ending: re.Match[str]) -> str:
    return key[: ending.start()].removesuffix("_").removesuffix("-")


@lru_cache(maxsize=16384)
def key_names(key: str, resource_type: str) -> bool:
    """Whether a plain value under this key (lower case) may name a resource of the type.

    `functionname` names functions; `name`, `id`, `resourcename` name whatever the call is about;
    `dbclusterparametergroupname` does not name a cluster.
    """
    found = _KEY_ENDING.search(key)
    if not found:
        return False
    stem = _stem(key, found)
    return stem in _GENERAL_STEMS or any(noun.endswith(stem) or stem.endswith(noun) for noun in nouns_of(resource_type))


def spellings(value: str) -> tuple[str, ...]:
    """The value itself, and without what a call may add: a function's version or alias, a topic's subscription."""
    head, colon, qualifier = value.rpartition(":")
    if not colon or "/" in qualifier:
        return (value,)
    if value.startswith("arn:") and not _is_qualified(value):
        return (value,)
    return (value, head)


def _is_qualified(arn: str) -> bool:
    """Whether an ARN goes on after the resource's own: a function's version or alias, a topic's subscription."""
    colons = arn.count(":")
    return (colons == 7 and (":lambda:" in arn or ":states:" in arn)) or (colons == 6 and ":sns:" in arn)


def _texts(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
