"""The doers: clock, take-in, due work, outbox, acts of people, the daemon and its workers."""
