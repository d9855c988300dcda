"""The demo: three months of a small marketplace, told through the site's own services at times of their own."""
