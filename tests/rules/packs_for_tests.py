"""A small sound pack, and ways to break it."""

from logan.errors import ConfigurationError, Problem
from logan.rules.load import load_text

SOUND = """\
pack: small
title: A pack for tests
version: 1
checked: 2026-11-22
sources:
  DOC: {what: The vendor's documentation, date: 2025-03, url: https://docs.example/}
services:
  - id: alpha
    name: Alpha
    category: consumer_face_search
    confidence: vendor
    sources: [DOC]
    domains: [alpha.example]
    hosts:
      - {host: api.alpha.example, role: API, confidence: guess, sources: [DOC]}
    signatures:
      - id: alpha.search
        activity: search
        priority: 90
        methods: [POST]
        path: '/api/search'
        confidence: vendor
        sources: [DOC]
        match: [POST https://alpha.example/api/search]
      - id: alpha.page
        activity: page
        priority: 50
        path: '/about.*'
        confidence: vendor
        sources: [DOC]
        match: [GET https://alpha.example/about]
    tests:
      hit: [GET https://alpha.example/]
  - id: beta
    name: Beta
    category: consumer_face_search
    confidence: client
    sources: [DOC]
    domains: [beta.example]
"""


def problems_of(text: str) -> list[Problem]:
    """What the loader finds wrong with a pack; nothing if it loads."""
    try:
        load_text(text, path="small.yaml")
    except ConfigurationError as error:
        return error.problems
    return []


def line_of(text: str, needle: str) -> int:
    """The number of the first line with these words."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if needle in line)
