"""The parts of a detector, by kind: for dashboards, grants and tags of one's own."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Node

from manual_change_detector.stage import Stage
from manual_change_detector.untold import Untold


class Parts:
    """What is in the detector, each kind in the order of the pipe."""

    node: Node
    dispatch: Stage
    attribute: Stage
    notify: Stage
    collect: Stage | None
    untold: Untold
    """Where notices of tampering wait that could not be published."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Dispatch, attribute, notify; collect, where calls are forwarded."""
        return (self.dispatch, self.attribute, self.notify, *([self.collect] if self.collect else []))

    @property
    def queues(self) -> tuple[sqs.Queue, ...]:
        """The queue of each stage: changes, attributions, findings; calls."""
        return tuple(stage.queue for stage in self.stages)

    @property
    def dead_letter_queues(self) -> tuple[sqs.Queue, ...]:
        """The dead-letter queue of each stage."""
        return tuple(stage.dead_letter_queue for stage in self.stages)

    @property
    def functions(self) -> tuple[lambda_.Function, ...]:
        """Every function: those of the stages, then what else there is."""
        of_stages = [stage.function for stage in self.stages]
        known = {function.node.path for function in of_stages}
        functions = [part for part in self.node.find_all() if isinstance(part, lambda_.Function)]
        others = [function for function in functions if function.node.path not in known]
        return (*of_stages, *others)

    @property
    def alarms(self) -> tuple[cloudwatch.Alarm, ...]:
        """Every alarm: those of the stages, then those of the pipe as a whole."""
        return tuple(part for part in self.node.find_all() if isinstance(part, cloudwatch.Alarm))
