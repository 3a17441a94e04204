"""Who visits the people's pages: operators, their sign-in, and what each may do."""
