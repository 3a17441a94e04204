"""The fence: what a connector is, and the words both sides speak. Standard library only."""
