"""What WCAG 2.2 asks that axe does not see, and the words that a page forgot to translate."""

from pathlib import Path

from playwright.sync_api import Page

RULES = Path(__file__).with_name("page_rules.js").read_text()


def broken(page: Page, *rules: str) -> list[str]:
    """What the page breaks of the rules in page_rules.js whose names begin like these."""
    found = page.evaluate(
        f"""beginnings => beginnings.map(beginning => {{
            const [[name, look]] = Object.entries({RULES}).filter(([name]) => name.startsWith(beginning));
            return look().map(one => `${{name}}: ${{one}}`);
        }}).flat()""",
        rules,
    )
    return [str(one) for one in found]


def words_of(page: Page) -> set[str]:
    """Each piece of text that a reader or a screen reader meets, as it stands between two tags or in an attribute."""
    found = page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const texts = [document.title];
            const foreign = "script, style, textarea, code, [lang]:not(html), [lang]:not(html) *";
            while (walker.nextNode())
                if (!walker.currentNode.parentElement.matches(foreign)) texts.push(walker.currentNode.data);
            for (const name of ["title", "aria-label", "placeholder", "alt"])
                for (const one of document.querySelectorAll(`[${name}]`)) texts.push(one.getAttribute(name));
            for (const one of document.querySelectorAll("input[type=submit]")) texts.push(one.value);
            return texts;
        }"""
    )
    return {" ".join(str(text).split()) for text in found} - {""}
