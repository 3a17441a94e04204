"""Read-only questions for the screens and the command line."""
