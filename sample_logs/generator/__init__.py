"""The invented police force whose logs lie in this folder, and the truth about them.

Nothing but the standard library, and nothing from `logan`: what is to be found must not come from
the finder.
"""
