"""The REST API of what people edit, and the manners every address of the API shares."""
