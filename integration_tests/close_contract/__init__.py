"""What is true of the real Close? A check that a person with an account runs once, and that the sandbox passes always."""
