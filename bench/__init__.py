"""Benchmarks: `python -m bench` runs all, `python -m bench NAME …` some. Ratios within one run, not absolute speeds.

One module a benchmark; each has `measure()`, which gives the rows of the table. The bars are those of the design.
"""
