"""The house checks itself: packaging, imports, docs, words."""
