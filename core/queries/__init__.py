"""Read-only questions of the screens and the command line: functions from a session to frozen values."""
