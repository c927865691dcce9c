"""The stages of the pipe, one module each: what a stage may do, and what it is told."""
