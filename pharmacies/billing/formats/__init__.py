"""Claims and remittances as the world writes them: 837P, CMS-1500 and 835, each made of (or read into) one document."""
