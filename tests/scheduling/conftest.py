"""A database for each test. Property tests use the same examples on every run, and do not fail on a busy machine."""

from hypothesis import settings

from tests.scheduling.kit import postgres_record, record, sqlite_record, sqlite_template

__all__ = ["postgres_record", "record", "sqlite_record", "sqlite_template"]

settings.register_profile("scheduling", deadline=None, derandomize=True)
settings.load_profile("scheduling")
