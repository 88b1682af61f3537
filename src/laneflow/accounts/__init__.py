"""Owns who logs in: accounts, what roles may do, which cases they see, emergencies."""
