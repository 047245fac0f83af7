"""Outbox jobs: the function for each kind of job, and the worker that runs them."""
