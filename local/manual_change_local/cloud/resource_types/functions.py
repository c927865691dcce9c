"""Functions and how they are invoked. Source: AWS CloudFormation template reference."""

from __future__ import annotations

import io
import zipfile
from typing import Any, Final

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, gone_is_fine


class EventInvokeConfig(Replaced):
    """How asynchronous invocations of a function are retried."""

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("lambda").put_function_event_invoke_config(**wanted.properties)
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            functions = old.wanted.client("lambda")
            functions.delete_function_event_invoke_config(FunctionName=old.wanted["FunctionName"])


class Function(Replaced):
    """moto passes on only some of the properties, and its update leaves the rest as it was."""

    name_property = "FunctionName"
    attributes = ("Arn",)
    _defaults: Final = {"Description": "", "Environment": {"Variables": {}}, "MemorySize": 128, "Timeout": 3}
    _elsewhere: Final = (
        "FunctionName",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "RuntimeManagementConfig",
    )

    def create(self, wanted: Wanted) -> Deployed:
        options = wanted.without(*self._elsewhere)
        options["Code"] = self._code(wanted)
        options["Tags"] = {tag["Key"]: tag["Value"] for tag in wanted.get("Tags", ())}
        arn = wanted.client("lambda").create_function(FunctionName=wanted.name, **options)["FunctionArn"]
        self._set_concurrency(wanted, wanted.name)
        return wanted.as_deployed(wanted.name, Arn=arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "FunctionName", "PackageType"):
            return super().update(old, new)
        functions = new.client("lambda")
        name = old.physical_id
        if old.differs_from(new, "Code"):
            functions.update_function_code(FunctionName=name, **self._code(new))
        settings = new.without(*self._elsewhere, "Architectures", "Code", "PackageType", "Tags")
        functions.update_function_configuration(FunctionName=name, **{**self._defaults, **settings})
        self._set_concurrency(new, name)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("lambda").delete_function(FunctionName=old.physical_id)

    @staticmethod
    def _set_concurrency(wanted: Wanted, name: str) -> None:
        functions = wanted.client("lambda")
        limit = wanted.get("ReservedConcurrentExecutions")
        if limit is None:
            functions.delete_function_concurrency(FunctionName=name)
        else:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(limit))

    @staticmethod
    def _code(wanted: Wanted) -> dict[str, Any]:
        """The code as the API takes it; `ZipFile` in a template is the text of the module `index`."""
        code = dict(wanted["Code"])
        if "ZipFile" not in code:
            return code
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("index.py", code["ZipFile"])
        return {"ZipFile": archive.getvalue()}
