"""Every message to a person, in her language (the active one): `codes`, `notices`, `pushes`, and `samples` of them all.

A text for a phone has its code first and takes two segments at most; a mail is a text that is complete alone, and the
same as a page. None has a link that signs in, nor a picture from elsewhere.
"""
