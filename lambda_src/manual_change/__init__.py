"""The detector itself: a pure domain, thin adapters and the three Lambda handlers.

`domain` judges, `adapters` talk to AWS and Slack, `handlers` join the two. Nothing in this package knows
how it is deployed (that is `manual_change_detector`) or run on one's own machine (`manual_change_local`).
"""
