"""Checks of what is on the screen: contrast measured on the pixels behind each text, and names of all controls."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMED = {
    "button", "link", "textbox", "searchbox", "combobox", "slider", "switch", "checkbox", "radio", "spinbutton",
    "option", "menuitem", "meter", "dialog", "listbox", "menu", "image", "img", "navigation", "region", "log",
}  # fmt: skip

TEXTS = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const opacity = (node) => {
    let all = 1;
    for (let each = node; each; each = each.parentElement) all *= Number(getComputedStyle(each).opacity);
    return all;
  };
  const control = (node) => node.closest("label, a, button");
  const clipped = (node, x, y) => {
    for (let each = node; each; each = each.parentElement) {
      if (!each.matches("dialog") && getComputedStyle(each).overflow === "visible") continue;
      const box = each.getBoundingClientRect();
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) return true;
    }
    return false;
  };
  const seen = (node, x, y) => {
    if (clipped(node, x, y)) return false;
    const top = document.elementFromPoint(x, y);
    if (!top) return false;
    return node.contains(top) || top.contains(node) || (control(top) && control(top) === control(node));
  };
  const add = (node, box, style, text) => {
    const inset = [[0.5, 0.5], [0.04, 0.2], [0.96, 0.2], [0.04, 0.8], [0.96, 0.8]];
    const places = inset.map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
    const inside = ([x, y]) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
    const points = places.filter((place) => inside(place) && seen(node, ...place));
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const colour = node.namespaceURI.endsWith("svg") ? style.fill : style.color;
    if (points.length) texts.push({ text: text.trim().slice(0, 40), colour, opacity: opacity(node), points, needed });
  };
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const words = walker.currentNode.data;
    if (!words.trim() || node.closest(".sr-only, :disabled, option, title, desc, [inert]")) continue;
    if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const boxes = [...range.getClientRects()].slice(0, 6).filter((box) => box.width > 2);
    for (const box of boxes) add(node, box, getComputedStyle(node), words);
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
    if (field.value || !field.checkVisibility({ visibilityProperty: true })) continue;
    const box = field.getBoundingClientRect();
    const words = new DOMRect(box.left + 12, box.top + 6, 60, 20);
    add(field, words, getComputedStyle(field, "::placeholder"), field.placeholder);
  }
  return texts;
}"""

HIDE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    *, *::placeholder, *::before, *::after { color: transparent !important; transition: none !important; }
    * { caret-color: transparent !important; }
    li::marker { color: transparent !important; }
    svg text { fill: transparent !important; }
    .icon { visibility: hidden !important; }
  `);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

MEASURE = """async ([picture, texts]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(image, 0, 0);
  const ink = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    ink.clearRect(0, 0, 1, 1);
    ink.fillStyle = colour;
    ink.fillRect(0, 0, 1, 1);
    return ink.getImageData(0, 0, 1, 1).data;
  };
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (parts) => {
    const [r, g, b] = parts.map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const { text, colour, opacity, points, needed } of texts) {
    const [r, g, b, a] = rgba(colour);
    const alpha = (a / 255) * opacity;
    let worst = 99;
    for (const [x, y] of points) {
      const back = [...paper.getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3);
      const front = [r, g, b].map((part, index) => part * alpha + back[index] * (1 - alpha));
      const [low, high] = [light(front), light(back)].sort((one, two) => one - two);
      worst = Math.min(worst, (high + 0.05) / (low + 0.05));
    }
    if (worst < needed) found.push(`${worst.toFixed(2)} < ${needed}: ${text}`);
  }
  return [found, texts.length];
}"""


def poor_contrasts(page: Page) -> tuple[list[str], int]:
    """Texts on the screen that are harder to read than WCAG's AA allows, and how many texts were measured."""
    texts = page.evaluate(TEXTS)
    page.evaluate(HIDE)
    picture = base64.b64encode(page.screenshot()).decode()
    blank = page.context.new_page()
    found, measured = blank.evaluate(MEASURE, [picture, texts])
    blank.close()
    page.evaluate("document.adoptedStyleSheets = []")
    return sorted(set(found)), measured


def nameless(page: Page) -> tuple[list[str], int]:
    """Controls and landmarks without a name in the browser's own accessibility tree, and how many were looked at."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    looked = [node for node in nodes if not node["ignored"] and node["role"]["value"] in NAMED]
    poor = [node for node in looked if not str(node.get("name", {}).get("value", "")).strip()]
    return [f"{node['role']['value']} {node.get('properties')}" for node in poor], len(looked)
