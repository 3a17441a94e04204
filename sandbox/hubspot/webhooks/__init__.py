"""What the app hears: events announced, signed, sent in batches, and sent again."""
