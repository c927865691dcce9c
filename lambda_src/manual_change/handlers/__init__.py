"""The Lambda entry points, one module per stage: `dispatch`, `attribute`, `notify`."""
