"""What tests stand on: servers, browsers, requirements."""
