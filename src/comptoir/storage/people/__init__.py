"""Who may use the pages: users, sessions, links, tries, and the trail of what they did."""
