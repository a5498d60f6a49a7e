"""Every format logan reads. Adding one is one file in `logan/formats/vendors/`, nothing here."""

from typing import Final

from logan.formats.catalogue import FormatCatalogue

FORMATS: Final = FormatCatalogue()
