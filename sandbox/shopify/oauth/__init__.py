"""How the app proves itself and the merchant agrees: id tokens, grants, codes, and who may call the API."""
