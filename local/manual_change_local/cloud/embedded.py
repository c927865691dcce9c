"""The embedded AWS: moto's services on loopback, with everything added that a pipeline of functions needs.

One runs in a process at a time, because moto keeps its state in the process; for the same reason `mock_aws` must not be
entered while it runs. What it is not: IAM, queue policies, bucket policies and KMS are not enforced (a green run proves
no permission), alarms are not evaluated, schedules fire when told to, and TTL expires nothing.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from manual_change_local.cloud.assembly import stack_in
from manual_change_local.cloud.asynchronous import AsynchronousInvocations
from manual_change_local.cloud.clients import Clients
from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.cloudtrail import REQUESTS_PER_SECOND, EventHistory
from manual_change_local.cloud.config_history import ConfigHistory
from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.cloud.deployment import DeployedStack, Deployment
from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.journal import Journal, Observer
from manual_change_local.cloud.organization import Organization
from manual_change_local.cloud.pollers import Pollers
from manual_change_local.cloud.resource_types.contract import Api
from manual_change_local.cloud.runtime_files import RuntimeFiles

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "eu-west-1"

_running = threading.Lock()


class EmbeddedCloud:
    """An AWS in this process; a context manager that starts it and leaves nothing behind.

    Args:
        port: where it listens on 127.0.0.1; 0 for any free port.
        time_scale: how much faster than the wall clock its timers run (see `Clock`).
        cloudtrail_lag: nominal time from an API call until LookupEvents knows it.
        lookup_requests_per_second: what LookupEvents allows per account and region; None for no limit.
        account: the account of callers whose credentials name none.
        region: where `client` and `deploy` work unless told otherwise.
        observer: called for everything that happens, in a thread of its own; `journal` keeps it all.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        time_scale: float = 1.0,
        cloudtrail_lag: timedelta = timedelta(0),
        lookup_requests_per_second: int | None = REQUESTS_PER_SECOND,
        account: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
        observer: Observer | None = None,
    ) -> None:
        self.account = account
        self.region = region
        self.clock = Clock(time_scale)
        self.journal = Journal()
        if observer:
            self.journal.subscribe(observer)
        self.cloudtrail = EventHistory(
            clock=self.clock,
            observe=self.journal,
            lag=cloudtrail_lag,
            requests_per_second=lookup_requests_per_second,
        )
        self.config_history = ConfigHistory()
        self._port = port
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen.

        Raises:
            CloudError: the port is in use, another embedded cloud runs in this process, or moto or the runtime
                interface client is not installed.
        """
        try:
            from manual_change_local.cloud.seams.opening import Seams
        except ModuleNotFoundError as error:
            package = str(error.name).partition(".")[0]
            raise CloudError(
                f"the Python package {package} is not installed; the embedded cloud needs it. "
                "Install it with: pip install 'manual-change-detector[demo]'"
            ) from error
        if not _running.acquire(blocking=False):
            raise CloudError("an embedded cloud is running in this process already; stop it first")
        self._cleanup.callback(_running.release)
        atexit.register(self.stop)  # for whoever forgets
        self._cleanup.callback(atexit.unregister, self.stop)
        try:
            root = Path(tempfile.mkdtemp(prefix="embedded-aws-"))
            self._cleanup.callback(shutil.rmtree, root, ignore_errors=True)
            self._seams = Seams(self._port, observe=self.journal)
            self._cleanup.callback(self._seams.close)
            self._port = self._seams.port
            self._clients = Clients(self.endpoint)
            self._cleanup.callback(self._clients.close)
            self._fleet = Fleet(
                files=RuntimeFiles(root),
                endpoint=self.endpoint,
                observe=self.journal,
                keep_logs=self._seams.keep_logs,
            )
            self._later = AsynchronousInvocations(
                fleet=self._fleet, clock=self.clock, retry_attempts=self._seams.retry_attempts
            )
            self._pollers = Pollers(fleet=self._fleet, clock=self.clock, observe=self.journal)
            self._cleanup.callback(self._end_work)
            self._seams.open(
                account=self.account,
                clock=self.clock,
                fleet=self._fleet,
                invoke_later=self._later.invoke,
                mapping_changed=self._pollers.changed,
                events=self.cloudtrail,
                items=self.config_history,
                api_at=self._api_at,
            )
        except BaseException:
            self.stop()
            raise

    def _end_work(self) -> None:
        self._pollers.stop()
        self._fleet.close()
        self._pollers.join()
        self._later.close()

    def stop(self) -> None:
        """Kill the functions' processes, close the port, forget everything. Stopping twice is fine."""
        self._cleanup.close()
        self.journal.catch_up()

    @property
    def endpoint(self) -> str:
        """What `AWS_ENDPOINT_URL` must be."""
        return f"http://localhost:{self._port}"

    def environment(self) -> dict[str, str]:
        """The variables that point any AWS tool to this cloud, and away from the caller's own account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": access_key_of(self.account),
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def client(self, service: str, *, region: str | None = None, account: str | None = None) -> Any:
        """A boto3 client of this cloud. The caller's AWS profile, configuration and proxies are not looked at."""
        return self._clients.client(service, region=region or self.region, account=account or self.account)

    def _api_at(self, account: str, region: str) -> Api:
        def client(service: str, *, region: str = region) -> Any:
            return self.client(service, region=region, account=account)

        return Api(account=account, region=region, client=client)

    def deploy(
        self,
        source: Path | str | Mapping[str, Any],
        *,
        stack_name: str | None = None,
        parameters: Mapping[str, str] | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> DeployedStack:
        """Deploy a stack, creating or updating it.

        Args:
            source: a cloud assembly (`cdk.out`), a template file, or a template.
            stack_name: which stack of an assembly, or what to call a template's; an assembly with one stack needs none.
            parameters: the template's parameters.
            account: left out: the one that the assembly says, or the cloud's.
            region: likewise.

        Raises:
            CloudError: the source is unusable, or the template cannot be deployed.
        """
        stack = stack_in(source, stack_name)
        target = self._deployment(account or stack.account, region or stack.region)
        for manifest in stack.assets:
            target.publish(manifest)
        return target.deploy(stack.template, stack_name=stack.name, parameters=parameters or {})

    def warm_up(self, stack: DeployedStack) -> None:
        """Start a process for each function of a stack: its first invocation finds it importing or ready.

        Raises:
            CloudError: a function cannot run here; the message says why.
        """
        for name in stack.physical_ids("AWS::Lambda::Function").values():
            arn = f"arn:aws:lambda:{stack.region}:{stack.account}:function:{name}"
            self._fleet.warm(self._seams.function(arn))

    def destroy(self, stack: DeployedStack) -> None:
        """Delete a stack."""
        self._deployment(stack.account, stack.region).destroy(stack.name)

    def _deployment(self, account: str | None, region: str | None) -> Deployment:
        account, region = account or self.account, region or self.region
        return Deployment(account=account, region=region, client=self._api_at(account, region).client)

    def organization(
        self, units: Mapping[str, Sequence[str]] | None = None, *, management: str | None = None
    ) -> Organization:
        """Make an organization: accounts by the path of their organizational unit, such as `Workloads/Prod`.

        Args:
            units: left out or incomplete: accounts join later (`Organization.join`).
            management: the account that manages it; left out: the cloud's.
        """
        manager = management or self.account

        def add_account(account: str, name: str, unit: str, joined: datetime | None) -> None:
            self._seams.add_account(manager, account, name=name, unit=unit, joined=joined)

        made = Organization(self.client("organizations", account=manager), add_account=add_account)
        made.fill(units or {})
        return made

    def emit(
        self,
        *,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        account: str | None = None,
        region: str | None = None,
        resources: Sequence[str] = (),
    ) -> str:
        """Put an event of an AWS service (a source that PutEvents refuses) on a default bus; the event's id."""
        return self._seams.emit(
            source=source,
            detail_type=detail_type,
            detail=detail,
            resources=resources,
            account=account or self.account,
            region=region or self.region,
        )

    def fire_schedule(self, rule_name: str, *, account: str | None = None, region: str | None = None) -> None:
        """Do what EventBridge does when a rule's schedule is due: schedules do not fire by themselves here.

        Raises:
            CloudError: there is no such scheduled rule.
        """
        self._seams.fire(rule_name, account=account or self.account, region=region or self.region)

    @property
    def function_pids(self) -> tuple[int, ...]:
        """The functions' processes."""
        return self._fleet.pids

    def wait_until_idle(self, *, timeout: float = 30.0) -> None:
        """Wait until no polled queue holds a message (delayed and in flight ones included) and no function runs.

        Raises:
            TimeoutError: that took longer than `timeout` wall-clock seconds; the message says what is left.
        """
        deadline = time.monotonic() + timeout
        while True:
            backlogs = self._seams.backlogs()
            polled = self._pollers.queue_arns
            left = {arn: count for arn, count in backlogs.items() if count and arn in polled}
            busy = self._fleet.busy + self._later.pending
            if not left and not busy:
                self.journal.catch_up()
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"not idle after {timeout:g} s: {busy} invocations, messages: {left}")
            time.sleep(0.02)
