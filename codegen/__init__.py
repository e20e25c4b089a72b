"""Generator of the code in cognito_async: load, build, render."""
