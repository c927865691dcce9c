"""Everything that decides: plain values in, plain values out. No clock, network, environment or logging."""
