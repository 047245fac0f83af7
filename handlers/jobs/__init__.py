"""The outbox jobs: which kind runs which function, and the worker that runs them."""
