"""The hub's letters to its operators."""
