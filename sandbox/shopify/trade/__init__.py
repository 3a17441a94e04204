"""What happens in the shop: people sign up, buy, pay, change their minds; webhooks tell of each act."""
