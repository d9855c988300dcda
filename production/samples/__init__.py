"""The music of the demo: real tunes and chorales cut to loops, arranged and rendered, and sounds of our own."""
