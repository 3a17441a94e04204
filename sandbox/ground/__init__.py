"""The ground that every stand-in stands on: how one runs, answers, is scripted, sends post and obeys its desk."""
