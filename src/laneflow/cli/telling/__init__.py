"""How large answers are told to people: one module per answer, imported when there is one."""
