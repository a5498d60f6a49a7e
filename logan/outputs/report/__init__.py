"""The report of a package: one HTML file and a workbook, from plain data, without computing."""
