"""What happens inside a portal, whoever does it: people in the browser, this app, or another one."""
