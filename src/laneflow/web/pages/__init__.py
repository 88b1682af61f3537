"""One file per page, or per few pages that are one piece of work: its views and its ``urls``."""
