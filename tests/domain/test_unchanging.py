"""Writes that change nothing: each row of the table, and calls beside it that do change something."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from manual_change.domain.unchanging import UNCHANGING_CALLS, changes_nothing

UNCHANGING = """
    access-analyzer:CheckNoNewAccess access-analyzer:StartPolicyGeneration access-analyzer:ValidatePolicy
    airflow:CreateCliToken airflow:CreateWebLoginToken appstream:CreateStreamingURL
    bedrock:ApplyGuardrail bedrock:ConverseStream bedrock:InvokeAgent bedrock:InvokeFlow
    bedrock:InvokeModelWithResponseStream bedrock:RetrieveAndGenerate
    codecommit:GitPull codecommit:GitPush codewhisperer:GenerateRecommendations
    comprehend:BatchDetectSentiment comprehend:DetectSentiment compute-optimizer:ExportEC2InstanceRecommendations
    config:DeliverConfigSnapshot config:StartConfigRulesEvaluation devops-guru:StartCostEstimation
    ecr-public:GetAuthorizationToken eks:AccessKubernetesApi elasticmapreduce:GetClusterSessionCredentials
    events:PutEvents firehose:PutRecordBatch geo:SearchPlaceIndexForText inspector2:SearchVulnerabilities
    iot:Publish iotdata:UpdateThingShadow kendra:Query kendra:Retrieve kinesis:PutRecords
    lakeformation:GetTemporaryGlueTableCredentials
    lambda:Invoke lambda:InvokeAsync lambda:InvokeFunctionUrl lambda:InvokeWithResponseStream
    mobiletargeting:SendMessages polly:StartSpeechSynthesisTask polly:SynthesizeSpeech
    quicksight:GenerateEmbedUrlForRegisteredUser quicksight:GetDashboardEmbedUrl quicksight:GetSessionEmbedUrl
    rds-data:ExecuteStatement redshift:GetClusterCredentialsWithIAM redshift-serverless:GetCredentials
    rekognition:CompareFaces rekognition:DetectLabels rekognition:RecognizeCelebrities rekognition:SearchFaces
    s3express:CreateSession sagemaker:CreatePresignedDomainUrl sagemaker:InvokeEndpointAsync schemas:SearchSchemas
    ses:SendEmail sms-voice:SendTextMessage textract:AnalyzeDocument textract:DetectDocumentText
    timestream:CancelQuery timestream:PrepareQuery timestream:Query timestream:WriteRecords translate:TranslateText
    wafv2:CheckCapacity xray:PutTelemetryRecords xray:PutTraceSegments
    athena:StartQueryExecution athena:StopQueryExecution
    awsconsole:GetConsoleSession
    ce:StartSavingsPlansPurchaseRecommendationGeneration
    cloudformation:DetectStackDrift cloudformation:DetectStackResourceDrift cloudformation:DetectStackSetDrift
    cloudformation:EstimateTemplateCost cloudformation:ValidateTemplate
    cloudshell:CreateSession
    cloudtrail:StartQuery cloudtrail:CancelQuery cloudtrail:LookupEvents
    codeartifact:GetAuthorizationToken
    cognito-idp:AdminInitiateAuth cognito-idp:AdminRespondToAuthChallenge cognito-idp:InitiateAuth
    cognito-idp:RespondToAuthChallenge cognito-idp:RevokeToken
    cognito-identity:GetCredentialsForIdentity cognito-identity:GetOpenIdTokenForDeveloperIdentity
    cognito-identity:GetId
    config:SelectResourceConfig config:SelectAggregateResourceConfig
    dynamodb:BatchExecuteStatement dynamodb:BatchWriteItem dynamodb:DeleteItem dynamodb:ExecuteStatement
    dynamodb:ExecuteTransaction dynamodb:PutItem dynamodb:TransactWriteItems dynamodb:UpdateItem
    ecr:GetAuthorizationToken ecr:InitiateLayerUpload ecr:UploadLayerPart
    glue:BatchGetTable glue:SearchTables
    health:DescribeEventAggregates
    iam:GenerateCredentialReport iam:GenerateOrganizationsAccessReport iam:GenerateServiceLastAccessedDetails
    iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy
    identitystore:SearchUsers
    kms:Decrypt kms:Encrypt kms:GenerateDataKeyWithoutPlaintext kms:GenerateMac kms:GenerateRandom kms:ReEncrypt
    kms:Sign kms:VerifyMac
    logs:FilterLogEvents logs:PutLogEvents logs:StartLiveTail logs:StartQuery logs:StopQuery
    monitoring:PutMetricData
    q:SendMessage q:StartConversation q:StartTroubleshootingAnalysis
    redshift-data:ExecuteStatement redshift-data:BatchExecuteStatement redshift-data:CancelStatement
    resource-explorer-2:Search resource-explorer-2:BatchGetView
    resource-groups:SearchResources
    s3:AbortMultipartUpload s3:CompleteMultipartUpload s3:CopyObject s3:CreateMultipartUpload s3:CreateSession
    s3:DeleteObject s3:DeleteObjects s3:DeleteObjectTagging s3:PostObject s3:PutObject s3:PutObjectAcl
    s3:PutObjectTagging s3:RestoreObject s3:SelectObjectContent s3:UploadPart s3:UploadPartCopy
    servicecatalog:ScanProvisionedProducts servicecatalog:SearchProducts
    signin:ConsoleLogin
    sqs:ChangeMessageVisibilityBatch sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessageBatch
    sns:PublishBatch
    sso:Authenticate sso:CreateToken sso:Federate sso:GetRoleCredentials sso:Logout
    sso-directory:SearchUsers
    sso-oauth:CreateToken
    sts:AssumeRole
    support:CreateCase
    tagging:StartReportCreation
    trustedadvisor:RefreshCheck
""".split()
"""One call for each row: what it does is a sign-in, a search, a query, a conversation or work on data."""

CHANGING = """
    bedrock:CreateGuardrail codecommit:CreateBranch events:PutRule events:PutTargets
    iot:CreateThing kinesis:CreateStream
    lambda:AddPermission lambda:UpdateFunctionCode sagemaker:CreateDomain ses:CreateEmailIdentity
    timestream:CreateScheduledQuery wafv2:UpdateWebACL xray:PutEncryptionConfig rekognition:CreateCollection
    athena:CreateWorkGroup cloudformation:UpdateStack cloudtrail:StopLogging config:PutConfigRule
    cognito-idp:AdminCreateUser dynamodb:UpdateTable ecr:PutImage glue:BatchDeleteTable iam:CreateAccessKey
    identitystore:CreateUser kms:ScheduleKeyDeletion kms:SignUp logs:DeleteLogGroup monitoring:PutMetricAlarm
    s3:PutBucketPolicy s3:PutObjectLockConfiguration s3:DeleteBucket sns:Subscribe sqs:SetQueueAttributes
    sso:CreateAccountAssignment servicecatalog:CreateProduct resource-groups:CreateGroup tagging:TagResources
    ec2:CreateTags ssm:SendCommand unheard-of:AssumeRole
    signin:PasswordRecoveryCompleted signin:PasswordUpdated signin:EmailUpdated
""".split()


@pytest.mark.parametrize("call", UNCHANGING)
def test_a_row_of_the_table_changes_nothing(call: str) -> None:
    """Nothing that AWS Config records differs afterwards, and no setting of the account."""
    assert changes_nothing(*call.split(":"))


@pytest.mark.parametrize("call", CHANGING)
def test_a_call_beside_the_table_may_change_something(call: str) -> None:
    """Also by way of the sign-in page: the root of the account gets another password or address."""
    assert changes_nothing(*call.split(":")) is None


def test_every_row_is_exercised() -> None:
    """A row that no test can miss is a row that nobody would notice."""
    rows = {(service, name) for service, names in UNCHANGING_CALLS.items() for name, why in names.items() if why}
    calls = [call.split(":") for call in UNCHANGING]

    assert set() == {
        row for row in rows if not any(row[0] == each[0] and fnmatchcase(each[1], row[1]) for each in calls)
    }
