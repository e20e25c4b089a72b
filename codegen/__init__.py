"""Generator of the sub-packages of cognito_async: load -> typed IR -> names and docs -> render."""
