"""The report of a study: what was asked, found and left out, as sections of words and tables, and as one page of HTML.

`blocks` says what a report is made of, each section's module tells its part from the `Evidence`, `whole` puts them
together, and `page` makes HTML of it, with `vector` for its figures. No other module knows HTML.
"""
