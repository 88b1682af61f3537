"""The practice: people, roles, hours, who is on duty and who covers."""
