"""Pure decisions without input or output: attribution, rewarding, retrying, budget."""
