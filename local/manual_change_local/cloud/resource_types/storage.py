"""Where things are kept: buckets, tables, parameters, secrets. Source: AWS CloudFormation template reference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, as_text, gone_is_fine


class BucketPolicy(Replaced):
    """The policy of a bucket: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("s3").put_bucket_policy(Bucket=wanted["Bucket"], Policy=as_text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted["Bucket"])

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("s3").delete_bucket_policy(Bucket=old.physical_id)


class Parameter(Replaced):
    """moto knows no parameter without a name, and its update forgets the versions."""

    name_property = "Name"
    attributes = ("Type", "Value")

    def create(self, wanted: Wanted) -> Deployed:
        tags = [{"Key": key, "Value": value} for key, value in wanted.get("Tags", {}).items()]
        wanted.client("ssm").put_parameter(**{**wanted.without("Tags"), "Name": wanted.name, "Tags": tags})
        return wanted.as_deployed(wanted.name, Type=wanted["Type"], Value=wanted["Value"])

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "Name"):
            return super().update(old, new)
        settings = {**new.without("Tags"), "Name": old.physical_id, "Overwrite": True}
        new.client("ssm").put_parameter(**settings)
        return new.as_deployed(old.physical_id, Type=new["Type"], Value=new["Value"])

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("ssm").delete_parameter(Name=old.physical_id)


class Secret(Replaced):
    """Without SecretString and GenerateSecretString the secret exists and has no value: reading it fails."""

    name_property = "Name"
    attributes = ("Id",)

    def create(self, wanted: Wanted) -> Deployed:
        manager = wanted.client("secretsmanager")
        options = wanted.only("Description", "KmsKeyId", "Tags") | self._value(manager, wanted)
        arn = manager.create_secret(Name=wanted.name, **options)["ARN"]
        return wanted.as_deployed(arn, Id=arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "Name"):
            return super().update(old, new)
        manager = new.client("secretsmanager")
        options = {key: new[key] for key in new.only("Description", "KmsKeyId") if old.differs_from(new, key)}
        if old.differs_from(new, "SecretString", "GenerateSecretString"):
            options |= self._value(manager, new)
        if options:
            manager.update_secret(SecretId=old.physical_id, **options)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            manager = old.wanted.client("secretsmanager")
            manager.delete_secret(SecretId=old.physical_id, ForceDeleteWithoutRecovery=True)

    @staticmethod
    def _value(manager: Any, wanted: Wanted) -> dict[str, str]:
        generate = wanted.get("GenerateSecretString")
        if generate is None:
            return wanted.only("SecretString")
        template_keys = {"GenerateStringKey", "SecretStringTemplate"}
        shape = {key: value for key, value in generate.items() if key not in template_keys}
        password: str = manager.get_random_password(**shape)["RandomPassword"]
        if "GenerateStringKey" not in generate:
            return {"SecretString": password}
        template = json.loads(generate["SecretStringTemplate"])
        return {"SecretString": json.dumps({**template, generate["GenerateStringKey"]: password})}


class SecretPolicy(Replaced):
    """The resource policy of a secret: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        policy = as_text(wanted["ResourcePolicy"])
        wanted.client("secretsmanager").put_resource_policy(SecretId=wanted["SecretId"], ResourcePolicy=policy)
        return wanted.as_deployed(wanted["SecretId"])

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("secretsmanager").delete_resource_policy(SecretId=old.physical_id)


class Table(Replaced):
    """moto cannot update a table, and forgets its recovery settings."""

    name_property = "TableName"
    attributes = ("Arn", "StreamArn")
    _fixed: Final = ("TableName", "KeySchema", "LocalSecondaryIndexes")
    _as_they_are: Final = (
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "ProvisionedThroughput",
        "TableClass",
        "Tags",
    )

    def create(self, wanted: Wanted) -> Deployed:
        tables = wanted.client("dynamodb")
        options = wanted.only(*self._as_they_are) | self._encryption(wanted)
        if "StreamSpecification" in wanted.properties:
            view = wanted["StreamSpecification"]["StreamViewType"]
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        table = tables.create_table(TableName=wanted.name, **options)["TableDescription"]
        self._set_time_to_live(wanted, wanted.name)
        self._set_recovery(wanted, wanted.name)
        return wanted.as_deployed(wanted.name, Arn=table["TableArn"], StreamArn=table.get("LatestStreamArn", ""))

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, *self._fixed):
            return super().update(old, new)
        name = old.physical_id
        settings = new.only("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput")
        key = "GlobalSecondaryIndexes"
        indexes = list(_index_updates(old.wanted.get(key, []), new.get(key, [])))
        if indexes:
            settings |= {"GlobalSecondaryIndexUpdates": indexes, **new.only("AttributeDefinitions")}
        if settings:
            new.client("dynamodb").update_table(TableName=name, **settings)
        if old.differs_from(new, "TimeToLiveSpecification"):
            self._set_time_to_live(new, name)
        self._set_recovery(new, name)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("dynamodb").delete_table(TableName=old.physical_id)

    @staticmethod
    def _encryption(wanted: Wanted) -> dict[str, Any]:
        if "SSESpecification" not in wanted.properties:
            return {}
        chosen = dict(wanted["SSESpecification"])
        return {"SSESpecification": {"Enabled": chosen.pop("SSEEnabled"), **chosen}}

    @staticmethod
    def _set_time_to_live(wanted: Wanted, name: str) -> None:
        chosen = wanted.get("TimeToLiveSpecification")
        if chosen:
            wanted.client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=chosen)

    @staticmethod
    def _set_recovery(wanted: Wanted, name: str) -> None:
        chosen = wanted.get("PointInTimeRecoverySpecification")
        if chosen:
            wanted.client("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=chosen)


def _index_updates(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    before = {index["IndexName"]: index for index in old}
    after = {index["IndexName"]: index for index in new}
    for name, index in before.items():
        if after.get(name) != index:
            yield {"Delete": {"IndexName": name}}
    for name, index in after.items():
        if before.get(name) != index:
            yield {"Create": index}
