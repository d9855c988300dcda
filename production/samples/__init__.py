"""The music of the demo: real tunes and chorales cut to loops, arranged and rendered; sounds and mix settings of our own."""
