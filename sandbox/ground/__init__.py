"""The ground that every stand-in stands on: how one runs, answers, is scripted, sends post, and is moved by its desk."""
