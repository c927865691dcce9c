"""What runs on one's own machine: command line, replay, demo, embedded AWS. Never in the Lambda asset."""
