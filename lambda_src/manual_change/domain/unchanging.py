"""TABLE: calls that CloudTrail calls writes and that change no resource.

A row stands here when nothing that AWS Config records, and no setting of the account, differs afterwards. Running a
command, opening a session or starting a job is a deed but no change of the account; what it then does has records
of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

_SIGN_IN = "a sign-in or a sign-out"
_EXCHANGE = "credentials are exchanged"
_SEARCH = "a search"
_QUERY = "a query runs and changes nothing"
_SUPPORT = "a conversation with support"
_DATA = "it works on data inside a resource"
_SESSION = "a session of a tool"
_SIMULATION = "a trial or a report"

UNCHANGING_CALLS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "access-analyzer": {"Check*": _SIMULATION, "StartPolicyGeneration": _SIMULATION, "ValidatePolicy": _SIMULATION},
    "airflow": {"CreateCliToken": _EXCHANGE, "CreateWebLoginToken": _EXCHANGE},
    "appstream": {"CreateStreamingURL": _EXCHANGE},
    "athena": {"StartQueryExecution": _QUERY, "StopQueryExecution": _QUERY},
    "awsconsole": {"*": _SESSION},
    "bedrock": {
        "ApplyGuardrail": _DATA,
        "Converse*": _DATA,
        "InvokeAgent": _DATA,
        "InvokeFlow": _DATA,
        "InvokeModel*": _DATA,
        "Retrieve*": _SEARCH,
    },
    "ce": {"Start*Generation": _SIMULATION},
    "cloudformation": {
        "DetectStackDrift": _SIMULATION,
        "DetectStackResourceDrift": _SIMULATION,
        "DetectStackSetDrift": _SIMULATION,
        "EstimateTemplateCost": _SIMULATION,
        "ValidateTemplate": _SIMULATION,
    },
    "cloudshell": {"*": _SESSION},
    "cloudtrail": {"StartQuery": _QUERY, "CancelQuery": _QUERY, "LookupEvents": _SEARCH},
    "codeartifact": {"GetAuthorizationToken": _EXCHANGE},
    "codecommit": {"GitPull": _DATA, "GitPush": _DATA},
    "codewhisperer": {"Generate*": _SESSION},
    "cognito-idp": {
        "AdminInitiateAuth": _SIGN_IN,
        "AdminRespondToAuthChallenge": _SIGN_IN,
        "InitiateAuth": _SIGN_IN,
        "RespondToAuthChallenge": _SIGN_IN,
        "RevokeToken": _SIGN_IN,
    },
    "cognito-identity": {"GetCredentialsForIdentity": _EXCHANGE, "GetOpenIdToken*": _EXCHANGE, "GetId": _EXCHANGE},
    "comprehend": {"BatchDetect*": _DATA, "Detect*": _DATA},
    "compute-optimizer": {"Export*": _SIMULATION},
    "config": {
        "DeliverConfigSnapshot": _SIMULATION,
        "SelectAggregateResourceConfig": _SEARCH,
        "SelectResourceConfig": _SEARCH,
        "StartConfigRulesEvaluation": _SIMULATION,
    },
    "devops-guru": {"StartCostEstimation": _SIMULATION},
    "dynamodb": {
        "BatchExecuteStatement": _DATA,
        "BatchWriteItem": _DATA,
        "DeleteItem": _DATA,
        "ExecuteStatement": _DATA,
        "ExecuteTransaction": _DATA,
        "PutItem": _DATA,
        "TransactWriteItems": _DATA,
        "UpdateItem": _DATA,
    },
    "ecr": {"GetAuthorizationToken": _EXCHANGE, "InitiateLayerUpload": _DATA, "UploadLayerPart": _DATA},
    "ecr-public": {"GetAuthorizationToken": _EXCHANGE},
    "eks": {"AccessKubernetesApi": _SESSION},
    "elasticmapreduce": {"GetClusterSessionCredentials": _EXCHANGE},
    "events": {"PutEvents": _DATA},
    "firehose": {"PutRecord*": _DATA},
    "geo": {"Search*": _SEARCH},
    "glue": {"BatchGet*": _SEARCH, "SearchTables": _SEARCH},
    "health": {"*": _SEARCH},
    "iam": {
        "GenerateCredentialReport": _SIMULATION,
        "GenerateOrganizationsAccessReport": _SIMULATION,
        "GenerateServiceLastAccessedDetails": _SIMULATION,
        "SimulateCustomPolicy": _SIMULATION,
        "SimulatePrincipalPolicy": _SIMULATION,
    },
    "identitystore": {"Search*": _SEARCH},
    "inspector2": {"Search*": _SEARCH},
    "iot": {"Publish": _DATA},
    "iotdata": {"*": _DATA},
    "kendra": {"Query": _SEARCH, "Retrieve": _SEARCH},
    "kinesis": {"PutRecord*": _DATA},
    "kms": {
        "Decrypt": _DATA,
        "Encrypt": _DATA,
        "GenerateDataKey*": _DATA,
        "GenerateMac": _DATA,
        "GenerateRandom": _DATA,
        "ReEncrypt*": _DATA,
        "Sign": _DATA,
        "Verify*": _DATA,
    },
    "lakeformation": {"GetTemporary*": _EXCHANGE},
    "lambda": {"Invoke": _DATA, "InvokeAsync": _DATA, "InvokeFunctionUrl": _DATA, "InvokeWithResponseStream": _DATA},
    "logs": {
        "FilterLogEvents": _SEARCH,
        "PutLogEvents": _DATA,
        "StartLiveTail": _SEARCH,
        "StartQuery": _QUERY,
        "StopQuery": _QUERY,
    },
    "mobiletargeting": {"Send*": _DATA},
    "monitoring": {"PutMetricData": _DATA},
    "polly": {"StartSpeechSynthesisTask": _DATA, "SynthesizeSpeech": _DATA},
    "q": {"SendMessage": _SESSION, "StartConversation": _SESSION, "StartTroubleshooting*": _SESSION},
    "quicksight": {"GenerateEmbedUrl*": _EXCHANGE, "GetDashboardEmbedUrl": _EXCHANGE, "GetSessionEmbedUrl": _EXCHANGE},
    "rds-data": {"*": _QUERY},
    "redshift": {"GetClusterCredentials*": _EXCHANGE},
    "redshift-data": {"ExecuteStatement": _QUERY, "BatchExecuteStatement": _QUERY, "CancelStatement": _QUERY},
    "redshift-serverless": {"GetCredentials": _EXCHANGE},
    "rekognition": {"Compare*": _DATA, "Detect*": _DATA, "RecognizeCelebrities": _DATA, "Search*": _SEARCH},
    "resource-explorer-2": {"Search": _SEARCH, "BatchGetView": _SEARCH},
    "resource-groups": {"SearchResources": _SEARCH},
    "s3": {
        "AbortMultipartUpload": _DATA,
        "CompleteMultipartUpload": _DATA,
        "CopyObject": _DATA,
        "CreateMultipartUpload": _DATA,
        "CreateSession": _EXCHANGE,
        "DeleteObject": _DATA,
        "DeleteObjects": _DATA,
        "DeleteObjectTagging": _DATA,
        "PostObject": _DATA,
        "PutObject": _DATA,
        "PutObjectAcl": _DATA,
        "PutObjectTagging": _DATA,
        "RestoreObject": _DATA,
        "SelectObjectContent": _QUERY,
        "UploadPart": _DATA,
        "UploadPartCopy": _DATA,
    },
    "s3express": {"CreateSession": _EXCHANGE},
    "sagemaker": {"CreatePresigned*Url": _EXCHANGE, "InvokeEndpoint*": _DATA},
    "schemas": {"SearchSchemas": _SEARCH},
    "servicecatalog": {"Scan*": _SEARCH, "Search*": _SEARCH},
    "ses": {"Send*": _DATA},
    "signin": {"*": _SIGN_IN, "EmailUpdated": None, "PasswordRecoveryCompleted": None, "PasswordUpdated": None},
    "sqs": {
        "ChangeMessageVisibility*": _DATA,
        "DeleteMessage*": _DATA,
        "ReceiveMessage": _DATA,
        "SendMessage*": _DATA,
    },
    "sns": {"Publish*": _DATA},
    "sms-voice": {"Send*": _DATA},
    "sso": {
        "Authenticate": _SIGN_IN,
        "CreateToken": _EXCHANGE,
        "Federate": _SIGN_IN,
        "GetRoleCredentials": _EXCHANGE,
        "Logout": _SIGN_IN,
    },
    "sso-directory": {"Search*": _SEARCH},
    "sso-oauth": {"*": _EXCHANGE},
    "sts": {"*": _EXCHANGE},
    "support": {"*": _SUPPORT},
    "tagging": {"StartReportCreation": _SIMULATION},
    "textract": {"Analyze*": _DATA, "Detect*": _DATA},
    "timestream": {"CancelQuery": _QUERY, "PrepareQuery": _QUERY, "Query": _QUERY, "WriteRecords": _DATA},
    "translate": {"Translate*": _DATA},
    "trustedadvisor": {"Refresh*": _SIMULATION},
    "wafv2": {"CheckCapacity": _SIMULATION},
    "xray": {"PutTelemetryRecords": _DATA, "PutTraceSegments": _DATA},
}
"""Service (the first label of `eventSource`) -> call name (a glob) -> why it changes nothing; None where it changes
something after all (the root of an account gets another password or address by way of the sign-in page)."""


@lru_cache(maxsize=4096)
def changes_nothing(service: str, action: str) -> str | None:
    """Why this call changes nothing, or None: it may."""
    rows = UNCHANGING_CALLS.get(service)
    if rows is None:
        return None
    if action in rows:
        return rows[action]
    return next((why for name, why in rows.items() if fnmatchcase(action, name)), None)
