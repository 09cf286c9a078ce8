"""What the page makes of a model's text: never a script, and the same whether it comes at once or in pieces."""

from __future__ import annotations

import json

from tests.adapters.web.conftest import Site
from tests.adapters.web.page_answers import HOSTILE, POINTS

PIECES = [
    POINTS,
    HOSTILE,
    "- a\n\n- b\n\n1. c\n2. d\n\n   e\n\n10) f",
    "- [ ] open\n- [x] done\n  - deep\n    - deeper\n\ntext",
    "| a | b |\n|---|:-:|\n| `|` \\| | **x** |\nafter",
    "> quote\nlazy\n> > twice\n\n# T #\n## *U*\n---\n***\n",
    "````md\n```js\nlet a = `b`;\n```\n````\n~~~\nopen to the end",
    "```python\r\nfor a in b:\r\n    c = '''d\r\n``` x\r\n'''\r\n```",
    "  ```typescript\n    let a = 1;\n  let b = `c\nd`;\n  ````\n\nafter",
    "*a **b** c* ~~d~~ __e__ snake_case_word 2*3*4 ** x ** [l](https://e.org/a_(b) 'title') <mailto:a@b.c>",
    "line  \nbreak\\\nbreak\r\ncarriage\rreturn\ttab",
    "text\n| head | row |\n|---|---|\n| 1 | 2 |\n\n    indented",
    "$a_1$ costs $5 and $6, \\(x^2\\) open \\(y and $$z$$\n\n$$\n\\sum_i x_i\n$$\n\n\\[ a = b \\]",
    "text:\n\\[\n\\int_0^1\n\\]\nmore [^1] &amp; &frac12;\n\n[^1]: a note\n  that goes on\n\n$$\nopen",
    "a\u2028b\u0085c 🚂 *ü* `ß` https://e.org/ä. (https://e.org/x)",
]
STREAMED = """async ([texts, seed]) => {
  const { growingMarkdown, markdown } = await import("/static/markdown-view.js");
  let state = seed;
  const random = (most) => ((state = (state * 1103515245 + 12345) % 2147483648), state % most);
  const wrong = [];
  for (let round = 0; round < 120; round += 1) {
    const text = Array.from({ length: 1 + random(3) }, () => texts[random(texts.length)]).join("\\n\\n");
    const view = growingMarkdown();
    for (let at = 0; at < text.length; ) {
      const size = 1 + random(random(2) ? 9 : 120);
      view.append(text.slice(at, at + size));
      at += size;
    }
    view.finish();
    if (view.node.innerHTML !== markdown(text).innerHTML) wrong.push(text);
  }
  return wrong;
}"""
SHAPE = """async (text) =>
  (await import("/static/markdown-view.js")).markdown(text).innerHTML.replaceAll(' dir="auto"', "")"""
HEAVY = """async () => {
  const { markdown } = await import("/static/markdown-view.js");
  const big = 100000;
  const inline = ["*a ", "**a *b _c ", "[", "![](", "[a](b", "`", "<", "~~*_", "\\\\", "https://",
    "$a", "$$", "\\\\(", "\\\\[a=", "&a", "[^"];
  const texts = [...inline, ">", "> ", "- ", "1. ", "|", "\\n- a\\n\\n  b"];
  const built = texts.map((text) => markdown(text.repeat(big / text.length)).childElementCount > 0 || text);
  built.push(markdown("**a ".repeat(2000) + "a** ".repeat(2000)).querySelectorAll("strong").length);
  const stairs = Array.from({ length: 500 }, (_, depth) => " ".repeat(depth * 2) + "- x").join("\\n");
  built.push(markdown(stairs).textContent.length > 0);
  return built;
}"""


def shape(site: Site, text: str) -> str:
    """The markup a text becomes."""
    return str(site.page.evaluate(SHAPE, text))


def test_hostile_markdown_runs_nothing_and_loads_nothing(site: Site) -> None:
    page = site.open()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    answer = site.answered("hostile")
    page.mouse.move(600, 400)
    assert page.evaluate("window.pwned") is None
    shown = answer.locator(".answer-body")
    assert shown.locator("script, iframe, style, object, embed, form, img, [onload], [onerror], [style]").count() == 0
    schemes = shown.evaluate("node => [...node.querySelectorAll('a')].map((each) => new URL(each.href).protocol)")
    assert set(schemes) == {"https:"}
    assert all(url.startswith(site.url) for url in requests)
    assert '<img src=x onerror="window.pwned=1">' in shown.inner_text()
    assert "</code></pre><script>window.pwned=1</script>" in (shown.locator(".code").first.text_content() or "")


def test_hostile_titles_tools_and_errors_are_text_too(site: Site) -> None:
    evil = "<img src=x onerror=window.pwned=1>"
    site.stub.conversations["c1"]["title"] = evil
    site.stub.entries["c1"][1]["message"]["parts"][1] |= {"name": evil, "arguments": evil}
    site.stub.entries["c1"][2]["message"]["parts"][0]["content"] = [{"_type": "Text", "text": evil}]
    site.stub.entries["c1"][0]["message"]["parts"].append({"_type": evil})
    site.stub.providers["openai"]["tags"] = [evil]
    page = site.open("#/chat/c1")
    page.locator(".fold-tool summary").click()
    assert page.get_by_role("heading", name=evil).is_visible()
    page.get_by_role("link", name="Providers").click()
    page.get_by_text(f"#{evil}").wait_for()
    assert page.evaluate("window.pwned") is None


def test_pictures_elsewhere_are_links_and_only_pictures_of_known_kinds_are_shown(site: Site) -> None:
    kinds = [
        {"_type": "Url", "url": "https://example.com/cat.jpg"},
        {"_type": "Url", "url": "javascript:window.pwned=1"},
        {"_type": "Bytes", "data": "PHN2Zz4=", "media_type": "image/svg+xml"},
    ]
    site.stub.entries["c2"][1]["message"]["parts"] = [{"_type": "Image", "source": source} for source in kinds]
    page = site.open("#/chat/c2")
    body = page.locator(".answer-body")
    body.get_by_role("link", name="Image at example.com").wait_for()
    assert body.get_by_role("link").count() == 1
    assert body.locator("img").count() == 0


def test_a_text_in_pieces_becomes_what_the_whole_text_becomes(site: Site) -> None:
    page = site.open("#/audit")
    assert page.evaluate(STREAMED, [PIECES, 7]) == []


def test_hostile_sizes_and_depths_are_read(site: Site) -> None:
    page = site.open("#/audit")
    built = page.evaluate(HEAVY)
    assert built[:22] == [True] * 22
    assert 0 < built[22] <= 12
    assert built[23] is True


def test_the_common_shapes(site: Site) -> None:
    site.open("#/audit")
    assert shape(site, "**b** *i* ~~d~~ `c` \\*") == (
        "<p><strong>b</strong> <em>i</em> <del>d</del> <code>c</code> *</p>"
    )
    assert shape(site, "3. x\n4. y") == '<ol start="3"><li>x</li><li>y</li></ol>'
    assert shape(site, "- a\n  - b") == "<ul><li>a<ul><li>b</li></ul></li></ul>"
    assert shape(site, "- a\n\n- b") == "<ul><li><p>a</p></li><li><p>b</p></li></ul>"
    assert shape(site, "> q") == "<blockquote><p>q</p></blockquote>"
    assert shape(site, "# T") == '<h3 class="md-h1">T</h3>'
    assert shape(site, "a\n\n---") == "<p>a</p><hr>"
    assert shape(site, "a <b>") == "<p>a &lt;b&gt;</p>"
    assert shape(site, "2*3*4 __init__ snake_case_word") == (
        "<p>2<em>3</em>4 <strong>init</strong> snake_case_word</p>"
    )


def test_links_go_only_where_a_click_may_go(site: Site) -> None:
    site.open("#/audit")
    attributes = ' target="_blank" rel="noopener noreferrer nofollow"'
    assert shape(site, "[a](https://e.org/x_(y) 'T')") == f'<p><a href="https://e.org/x_(y)"{attributes}>a</a></p>'
    assert shape(site, "(https://e.org/x).") == f'<p>(<a href="https://e.org/x"{attributes}>https://e.org/x</a>).</p>'
    assert shape(site, "<mailto:a@b.c>") == f'<p><a href="mailto:a@b.c"{attributes}>a@b.c</a></p>'
    hostile = (
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "/x",
        "//e.org",
    )
    for address in hostile:
        assert shape(site, f"[a]({address})") == "<p>a</p>", address


def test_code_is_coloured_by_kind_and_over_lines(site: Site) -> None:
    page = site.open("#/audit")
    colour = """async ([language, lines]) => {
      const colour = (await import("/static/highlight.js")).highlighter(language);
      return lines.map((line) => colour(line).filter(([kind]) => kind));
    }"""
    python = ['def f(x):  # "no"', '    """long', '    still""" + str(1)']
    assert json.loads(json.dumps(page.evaluate(colour, ["python", python]))) == [
        [["keyword", "def"], ["call", "f"], ["comment", '# "no"']],
        [["string", '"""'], ["string", "long"]],
        [["string", '    still"""'], ["call", "str"], ["number", "1"]],
    ]
    assert page.evaluate(colour, ["json", ['{"a": [true, "b"]}']]) == [
        [["property", '"a"'], ["constant", "true"], ["string", '"b"']]
    ]
    assert page.evaluate(colour, ["klingon", ["def f"]]) == [[]]
