"""Plans, runs, expectations and reports."""
