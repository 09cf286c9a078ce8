"""Formulas, footnotes, entities, pictures, and texts from right to left, as the page shows them."""

from __future__ import annotations

from tests.adapters.web.conftest import Site

FOUND = """async (text) => {
  const { markdown } = await import("/static/markdown-view.js");
  return [...markdown(text).querySelectorAll(".math[data-source]")].map((one) => one.dataset.source);
}"""
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
ARABIC = (
    "مرحبا بالعالم.\n\n- البند الأول\n- البند الثاني\n\n| اسم | عدد |\n|---|---|\n| نقطة | 3 |\n\n> قول\n\nIn English."
)


def answer(site: Site, text: str) -> None:
    """Makes `text` the answer of the second conversation, and opens it."""
    site.stub.entries["c2"][1]["message"]["parts"] = [{"_type": "Text", "text": text}]
    site.open("#/chat/c2").locator(".answer-body .md").wait_for()


FORMULAS = [
    ("Then $E = mc^2$ holds.", ["$E = mc^2$"]),
    ("a \\(a^2\\) and \\[ \\sum_i x_i \\] b", ["\\(a^2\\)", "\\[ \\sum_i x_i \\]"]),
    ("$$\n\\int_0^1 x\\,dx\n$$", ["$$\n\\int_0^1 x\\,dx\n$$"]),
    ("- $a_1$\n- **$b*c*d$**", ["$a_1$", "$b*c*d$"]),
    ("It costs $5 and $6, or $7-$8; US$3 and US$4.", []),
    ("$5 now, or 6$ later; `$x$` and \\$y\\$ and $ z $", []),
    ("\\[a link\\](https://e.org) and \\(open", []),
    ("| a | b |\n|---|---|\n| $|x|$ | norm |\n|$a|$b|", ["$|x|$"]),
    ("$$ never ended\n\nand *more*", []),
]


def test_formulas_are_found_and_prices_are_none(site: Site) -> None:
    page = site.open("#/audit")
    assert [page.evaluate(FOUND, text) for text, _ in FORMULAS] == [formulas for _, formulas in FORMULAS]


def test_a_formula_is_set_by_katex_and_copied_as_it_was_written(site: Site) -> None:
    asked: list[str] = []
    site.page.on("request", lambda request: asked.append(request.url))
    answer(site, "No formula.")
    assert not any("katex" in url for url in asked)
    answer(site, "So $x^2$ and \\pm:\n\n\\[ \\fcolorbox{red}{blue}{a} \\pmb{b} \\]\n\nand $\\nonsense{$ as written.")
    body = site.page.locator(".answer-body")
    body.locator(".math .katex").nth(1).wait_for()
    assert any("katex.min.js" in url for url in asked)
    assert body.locator(".math").nth(2).text_content() == "$\\nonsense{$"
    assert body.locator("[style*=script]").count() == 0
    site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.page.evaluate("getSelection().selectAllChildren(document.querySelector('.answer-body .md'))")
    site.page.keyboard.press("Control+c")
    copied = site.page.evaluate("navigator.clipboard.readText()")
    assert "So $x^2$ and \\pm:" in copied or "So $x^2$ and pm:" in copied
    assert "\\[ \\fcolorbox{red}{blue}{a} \\pmb{b} \\]" in copied


def test_a_formula_that_is_set_does_not_fall_back_while_the_text_grows(site: Site) -> None:
    answer(site, "So $x^2$.")
    site.page.locator(".answer-body .katex").first.wait_for()
    grown = """async () => {
      const { growingMarkdown } = await import("/static/markdown-view.js");
      const view = growingMarkdown();
      view.append("$x^2$ ");
      while (!view.node.querySelector(".katex")) await new Promise((done) => setTimeout(done, 10));
      let always = true;
      for (let number = 0; number < 40; number += 1) {
        view.append(`word ${number} `);
        always &&= view.node.querySelectorAll(".katex").length === 1;
      }
      return always;
    }"""
    site.page.evaluate("import('/static/markdown-view.js').then(({ markdown }) => markdown('$x$'))")
    site.until("!!window.katex")
    assert site.page.evaluate(grown) is True


def test_footnotes_entities_and_pictures(site: Site) -> None:
    pictures = f"![dot]({PIXEL}) ![far](https://evil.example/x.png?secret)"
    text = f"A&amp;B &#8364; &unknown;[^n]\n\n{pictures}\n\n[^n]: The *note*."
    asked: list[str] = []
    site.page.on("request", lambda request: asked.append(request.url))
    answer(site, text)
    body = site.page.locator(".answer-body")
    assert body.locator("p").first.text_content() == "A&B € &unknown;n"
    assert body.locator("img").get_attribute("alt") == "dot"
    assert body.get_by_role("link", name="far").get_attribute("href") == "https://evil.example/x.png?secret"
    assert not any("evil" in url for url in asked)
    body.get_by_role("button", name="Footnote n").click()
    assert site.page.evaluate("document.activeElement.textContent") == "nThe note."


def test_a_text_from_right_to_left_is_laid_out_from_right_to_left(site: Site) -> None:
    answer(site, ARABIC)
    body = site.page.locator(".answer-body .md")
    way = "node => getComputedStyle(node).direction"
    shown = {name: body.locator(name).first.evaluate(way) for name in ("p", "ul", "table", "th", "blockquote")}
    assert set(shown.values()) == {"rtl"}
    assert body.locator("p").last.evaluate(way) == "ltr"
    box = site.page.get_by_label("Message", exact=True)
    box.fill("שלום")
    assert box.evaluate(way) == "rtl"
