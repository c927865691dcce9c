"""ManualChangeDetector: tells a Slack channel who changed what by hand in an AWS account."""

from manual_change.domain import presets
from manual_change.domain.policy import (
    AlwaysNotify,
    MaintenanceWindow,
    Policy,
    PolicyError,
    Suppression,
    TrustedPrincipal,
)
from manual_change.domain.routing import Route
from manual_change_detector.accounts import Accounts
from manual_change_detector.attribution import Attribution
from manual_change_detector.config_source import ConfigSource
from manual_change_detector.detector import ManualChangeDetector
from manual_change_detector.hub import ManualChangeDetectorHub
from manual_change_detector.recorder import Recorder
from manual_change_detector.spoke import ManualChangeDetectorSpoke
from manual_change_detector.stage import Stage

__all__ = [
    "Accounts",
    "AlwaysNotify",
    "Attribution",
    "ConfigSource",
    "MaintenanceWindow",
    "ManualChangeDetector",
    "ManualChangeDetectorHub",
    "ManualChangeDetectorSpoke",
    "Policy",
    "PolicyError",
    "Recorder",
    "Route",
    "Stage",
    "Suppression",
    "TrustedPrincipal",
    "presets",
]
