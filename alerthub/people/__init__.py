"""Who works with AlertHub: roles, logins, passwords, and what ends with them."""
