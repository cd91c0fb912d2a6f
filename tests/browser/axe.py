"""axe-core over a page: what breaks WCAG 2.2 at level AA."""

from __future__ import annotations

from importlib.resources import files

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# colours on their way to others would be measured half way; a spinner never settles
SETTLE = """() => Promise.all(document.getAnimations()
    .filter((one) => one.effect.getTiming().iterations !== Infinity)
    .map((one) => one.finished.catch(() => null))).then(() => null)"""
RUN = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"


def violations(page) -> list[str]:
    """Every violation on the page as it stands: rule, element, what axe says of it."""
    if page.evaluate("typeof axe === 'undefined'"):
        script = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
        page.evaluate(script)
    page.evaluate(SETTLE)
    found = page.evaluate(RUN, TAGS)["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]
