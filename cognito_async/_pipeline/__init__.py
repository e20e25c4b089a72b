"""The request pipeline: preparation, attempts and retries of a call."""
