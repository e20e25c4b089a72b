"""``FakeUserPool``; the names are those of ``cognito_async.testing``."""
