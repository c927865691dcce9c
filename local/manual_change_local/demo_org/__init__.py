"""`manual-change demo-org`: an organization of one hub and three spokes, on the embedded AWS."""
