"""Pictures, sound and documents from files, bytes and addresses, checked by their content."""
