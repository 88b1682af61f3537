"""Lane tests: scenarios of lanes/tests played by the engine; what they cover, what they miss.

``running`` is the door. It is not opened here: ``check`` only reads scenarios, and starts at once.
"""
