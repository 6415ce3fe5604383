"""What dangles between objects: a stack in which nothing does, and each way to spoil it."""
