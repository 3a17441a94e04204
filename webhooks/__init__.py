"""The door for machines: a request comes in, a stored delivery and a reply go out."""
