"""The main pages as pictures, for people who look at the product and for whoever changes its look."""
