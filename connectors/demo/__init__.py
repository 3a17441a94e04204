"""A made-up webshop: the smallest whole connector, to copy from."""
