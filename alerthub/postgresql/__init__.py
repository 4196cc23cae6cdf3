"""Django's backend for PostgreSQL, with few connections for many threads and limits to every statement.

`base` is what Django loads; `limited` is one connection as it is made.
"""
