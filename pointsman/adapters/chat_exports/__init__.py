"""Conversations that other programs have exported, read as ours: a file a program, told apart by what is in it."""
