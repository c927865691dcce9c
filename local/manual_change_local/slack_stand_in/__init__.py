"""A Slack stand-in on loopback: it takes what Slack takes, refuses what Slack refuses, and fails when told to."""

from manual_change_local.slack_stand_in.faults import (
    RATE_LIMITED,
    SERVER_ERROR,
    Answers,
    ClosesConnection,
    Fault,
    FaultScript,
    Hangs,
    every,
    never,
    on,
)
from manual_change_local.slack_stand_in.replies import WEBHOOK_ERRORS
from manual_change_local.slack_stand_in.server import Answered, PortTaken, SlackStandIn
from manual_change_local.slack_stand_in.workspace import SlackMessage

__all__ = [
    "RATE_LIMITED",
    "SERVER_ERROR",
    "WEBHOOK_ERRORS",
    "Answered",
    "Answers",
    "ClosesConnection",
    "Fault",
    "FaultScript",
    "Hangs",
    "PortTaken",
    "SlackMessage",
    "SlackStandIn",
    "every",
    "never",
    "on",
]
