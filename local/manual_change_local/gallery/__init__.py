"""The messages of each verdict and severity, single and grouped, in each language, as pages and pictures."""
