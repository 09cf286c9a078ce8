// What is written and not yet sent, one draft for each conversation. Text outlives a reload of the tab; files don't.

const PREFIX = "pointsman.draft.";
const drafts = new Map();

function stored(id) {
  try {
    return sessionStorage.getItem(PREFIX + id) ?? "";
  } catch {
    return ""; // Storage is switched off: the draft lives as long as the page.
  }
}

function store(id, text) {
  try {
    if (text) sessionStorage.setItem(PREFIX + id, text);
    else sessionStorage.removeItem(PREFIX + id);
  } catch {
    // Not kept over a reload.
  }
}

/** The draft of a conversation, or of a new one (`null`): `text` and `attached`, which `write` and `attach` change. */
export function draftOf(id) {
  const key = id ?? "";
  if (!drafts.has(key)) {
    const draft = {
      text: stored(key),
      attached: [],
      write: (text) => {
        draft.text = text;
        store(key, text);
      },
      attach: (files) => {
        draft.attached = files;
      },
      isEmpty: () => !draft.text.trim() && !draft.attached.length,
      /** What was sent comes back, before whatever was written since. */
      giveBack: ({ text, attached = [] }) => {
        draft.write([text, draft.text].filter(Boolean).join("\n"));
        draft.attach([...attached, ...draft.attached]);
      },
      clear: () => {
        draft.write("");
        draft.attach([]);
      },
    };
    drafts.set(key, draft);
  }
  return drafts.get(key);
}

/** Forgets all drafts, when somebody signs out. */
export function forgetDrafts() {
  drafts.clear();
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
}
