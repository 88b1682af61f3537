"""What commands share: the practice they work on, what people type, how answers look."""
