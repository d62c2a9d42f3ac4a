"""Runs that take up the work of earlier ones: fingerprints of tasks, kept results, and the run itself."""
