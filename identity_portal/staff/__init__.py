"""The staff portal: Django's admin, where every act and every look at a person is an entry of the audit."""
