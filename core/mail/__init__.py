"""Mail: how the hub writes to its operators, where a mail server is configured."""
