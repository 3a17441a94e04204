"""The vendor's own pages: the app store, the merchant's admin with the app in its frame, and App Bridge."""
