"""The table of types that we deploy ourselves; moto deploys the others that it knows, and nobody the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from manual_change_local.cloud.resource_types import buses, functions, messaging, recording, stack_sets, storage
from manual_change_local.cloud.resource_types.contract import ResourceType

RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = {
    "AWS::CDK::Metadata": recording.Metadata(),
    "AWS::CloudFormation::StackSet": stack_sets.StackSet(),
    "AWS::CloudWatch::Alarm": recording.Alarm(),
    "AWS::Config::ConfigurationRecorder": recording.ConfigurationRecorder(),
    "AWS::Config::DeliveryChannel": recording.DeliveryChannel(),
    "AWS::DynamoDB::Table": storage.Table(),
    "AWS::Events::EventBus": buses.EventBus(),
    "AWS::Events::EventBusPolicy": buses.EventBusPolicy(),
    "AWS::Lambda::EventInvokeConfig": functions.EventInvokeConfig(),
    "AWS::Lambda::Function": functions.Function(),
    "AWS::Logs::LogGroup": recording.LogGroup(),
    "AWS::Logs::MetricFilter": recording.MetricFilter(),
    "AWS::S3::BucketPolicy": storage.BucketPolicy(),
    "AWS::SNS::Subscription": messaging.Subscription(),
    "AWS::SNS::Topic": messaging.Topic(),
    "AWS::SNS::TopicPolicy": messaging.TopicPolicy(),
    "AWS::SQS::Queue": messaging.Queue(),
    "AWS::SQS::QueuePolicy": messaging.QueuePolicy(),
    "AWS::SSM::Parameter": storage.Parameter(),
    "AWS::SecretsManager::ResourcePolicy": storage.SecretPolicy(),
    "AWS::SecretsManager::Secret": storage.Secret(),
}
