"""AlertHub's own commands for manage.py."""
