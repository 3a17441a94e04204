"""The neighbours: one folder per outside system, each speaking only the public contract."""
