"""A retailer's invoice lines (the form of the UCI "Online Retail" data set) turned into a shop's orders."""
