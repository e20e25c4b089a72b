"""Sign-in of users."""
