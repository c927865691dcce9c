"""The only code that talks to AWS and Slack: one module per thing talked to."""
