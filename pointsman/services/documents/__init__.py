"""Documents read by whatever extractor there is for them, and given to models whole or by parts."""
