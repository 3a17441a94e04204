"""Tests of the stand-ins for the outside world: a stand-in that is wrong makes every other test worthless."""
