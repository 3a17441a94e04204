"""A referhub connector for WooCommerce: an example of one that lives in a package of its own."""
