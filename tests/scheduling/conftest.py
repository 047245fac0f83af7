"""A record for each test. Property tests here are the same on every run, and a busy machine does not fail them."""

from hypothesis import settings

from tests.scheduling.kit import postgres_record, record, sqlite_record, sqlite_template

__all__ = ["postgres_record", "record", "sqlite_record", "sqlite_template"]

settings.register_profile("scheduling", deadline=None, derandomize=True)
settings.load_profile("scheduling")
