// HTML's named characters that models write, and numbered ones; others stay as they were written. Pure.

const NAMED = Object.fromEntries(
  `amp & lt < gt > quot " apos ' nbsp \u00a0 shy \u00ad ensp \u2002 emsp \u2003 thinsp \u2009 copy © reg ® trade ™ hellip … mdash — ndash – laquo « raquo » lsquo ‘ rsquo ’ ldquo “ rdquo ” bdquo „ sbquo ‚ bull • middot · times × divide ÷ plusmn ± minus − deg ° micro µ euro € pound £ yen ¥ cent ¢ sect § para ¶ dagger † larr ← rarr → uarr ↑ darr ↓ harr ↔ rArr ⇒ lArr ⇐ hArr ⇔ infin ∞ ne ≠ le ≤ ge ≥ asymp ≈ equiv ≡ sum ∑ prod ∏ radic √ int ∫ part ∂ nabla ∇ forall ∀ exist ∃ isin ∈ notin ∉ cap ∩ cup ∪ sub ⊂ sup ⊃ and ∧ or ∨ not ¬ frac12 ½ frac14 ¼ frac34 ¾ sup1 ¹ sup2 ² sup3 ³ check ✓ alpha α beta β gamma γ delta δ epsilon ε theta θ lambda λ mu μ pi π rho ρ sigma σ tau τ phi φ omega ω Delta Δ Sigma Σ Omega Ω auml ä ouml ö uuml ü Auml Ä Ouml Ö Uuml Ü szlig ß eacute é egrave è agrave à ccedil ç ntilde ñ`
    .split(/ (?=\w+ [^ ])/)
    .map((pair) => [pair.slice(0, pair.indexOf(" ")), pair.slice(pair.indexOf(" ") + 1)]),
);
const ENTITY = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z]\w{1,7}));/y;

function numbered(code) {
  const whole = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return whole ? String.fromCodePoint(code) : "\ufffd"; // https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
}

/** The character that is named at `index`, and the length of its name; null where there is none. */
export function entityAt(text, index) {
  ENTITY.lastIndex = index;
  const match = ENTITY.exec(text);
  if (!match) return null;
  const [whole, decimal, hex, name] = match;
  const character = name ? NAMED[name] : numbered(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  return character === undefined ? null : { character, length: whole.length };
}
