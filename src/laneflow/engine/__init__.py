"""How a case is decided: facts, rules, business time, ladders, the one loop. Pure."""
