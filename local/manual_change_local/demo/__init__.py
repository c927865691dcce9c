"""`manual-change demo`: the whole pipeline on recorded input, shown live, down to the Slack message."""
