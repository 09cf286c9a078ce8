"""Sign-in by OpenID Connect: what is asked of a provider of identities, and how its tokens are verified."""
