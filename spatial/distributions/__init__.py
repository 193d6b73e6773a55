"""A surface is a predictive distribution: what each family can be asked, and what it refuses."""
