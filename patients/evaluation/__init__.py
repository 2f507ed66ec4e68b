"""Did it work? Reports over programmes. They read what the other rooms wrote, and write nothing."""
