"""Answers as the vendors write them, whole and streamed, written without the dialects: for tests of what reads them."""
