"""`manual-change doctor`: looks at an account, read-only, and says what is there, what it means and what to do."""
