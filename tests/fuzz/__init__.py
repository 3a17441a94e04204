"""A short, repeatable slice of `make fuzz`, and the hostile inputs it begins with."""
