"""What can be told of a picture by its bytes."""
