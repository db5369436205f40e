"""What every step asks of a problem type."""
