"""The embedded AWS: deploys a synthesised template and runs its functions, on loopback, with nothing of AWS's."""

from manual_change_local.cloud.deployment import DeployedStack
from manual_change_local.cloud.embedded import EmbeddedCloud
from manual_change_local.cloud.errors import CloudError

__all__ = ["CloudError", "DeployedStack", "EmbeddedCloud"]
