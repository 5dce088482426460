"""Documents: what the city sets by kind and name, with a validity, beside the configuration file."""

from agent.documents.build import kinds_of, open_documents
from agent.documents.documents import Documents

__all__ = ["Documents", "kinds_of", "open_documents"]
