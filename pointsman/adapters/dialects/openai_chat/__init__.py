"""OpenAI chat completions, which most servers speak, with its completions, embeddings and transcriptions."""
