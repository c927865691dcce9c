"""What runs on one's own machine: the command line, replay, the demo and the embedded AWS. Never in the Lambda asset."""
