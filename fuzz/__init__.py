"""Fuzzing: every parser that strangers can reach, fed with whatever a coverage-guided search comes up with."""
