"""What happens in the shop: people sign up, buy, pay, change their minds; each act announces itself by webhook."""
