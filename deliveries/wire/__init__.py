"""Below HTTP: which addresses may be dialled, the dial itself, and connections that are kept."""
