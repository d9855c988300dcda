"""What the engine can do to an element, one adapter a room: what it is called, what it needs, and how it is done.

Nothing here loads the engine before it is asked to: pages start without numeric libraries. What is not installed is
not offered.
"""
