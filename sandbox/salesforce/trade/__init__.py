"""What happens to records: saving, winning, converting, merging, deleting, by whoever does it."""
