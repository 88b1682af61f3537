"""What is established about lanes before they go live and while they run, all by the engine."""
