"""The spoke's template as one file: what StackSets, pipelines for Control Tower and people in the console deploy.

python -m manual_change_detector.spoke_template > spoke.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aws_cdk import App

from manual_change_detector.deployments import DEPLOYING_ROLES
from manual_change_detector.spoke import StreamsCalls
from manual_change_detector.spoke_names import SPOKE
from manual_change_detector.spoke_stack import SpokeStack

PLAIN: Final = {"aws:cdk:enable-path-metadata": False, "aws:cdk:enable-asset-metadata": False}
"""Whatever the command line of the CDK asks for, which would make the template longer and different."""


def spoke_template(
    *,
    forwards_changes: bool = True,
    streams_calls: StreamsCalls = "none",
    deploying_roles: Sequence[str] = DEPLOYING_ROLES,
) -> dict[str, Any]:
    """The template, synthesised in an app of its own.

    Args:
        forwards_changes: see `ManualChangeDetectorSpoke`.
        streams_calls: see `ManualChangeDetectorSpoke`.
        deploying_roles: see `ManualChangeDetectorSpoke`.
    """
    with TemporaryDirectory() as folder:
        app = App(outdir=folder, analytics_reporting=False, post_cli_context=PLAIN)
        SpokeStack(
            app,
            SPOKE,
            forwards_changes=forwards_changes,
            streams_calls=streams_calls,
            deploying_roles=deploying_roles,
        )
        app.synth()
        template: dict[str, Any] = json.loads(Path(folder, f"{SPOKE}.template.json").read_text(encoding="utf-8"))
    return template


def main(arguments: Sequence[str] | None = None) -> None:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m manual_change_detector.spoke_template", description=__doc__)
    parser.add_argument(
        "--without-changes",
        action="store_true",
        help="the hub has what AWS Config recorded from a topic: do not forward it a second time",
    )
    parser.add_argument(
        "--streams-calls",
        choices=("none", "everyone", "people"),
        default="none",
        help="whose API calls are forwarded, for Attribution.stream(); left out: nobody's",
    )
    parser.add_argument(
        "--deploying-role",
        action="append",
        metavar="NAME",
        help="a role (glob) that deploys the spoke, whose deployments are not told; may be repeated. Left out: "
        f"{', '.join(DEPLOYING_ROLES)}",
    )
    given = parser.parse_args(arguments)
    template = spoke_template(
        forwards_changes=not given.without_changes,
        streams_calls=given.streams_calls,
        deploying_roles=given.deploying_role or DEPLOYING_ROLES,
    )
    json.dump(template, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
