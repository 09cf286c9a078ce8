// The message box: grows with the text, takes files by button, drag and paste, sends with Enter.

import { fill, h, icon, uid } from "./dom.js";
import { draftOf } from "./drafts.js";
import { fileNode } from "./parts.js";
import { t } from "./texts.js";
import { iconButton, toast } from "./ui.js";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const OTHERS = ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.epub,.html,.htm,.txt,.md,.csv,.tsv,audio/*,video/mp4,video/webm"; // what the server reads
const GROWS = CSS.supports("field-sizing", "content");
const MOST = 20_000_000; // bytes of one file

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Reads files into `{data, name}`, images also with `media_type` and `address`; says why one can't be taken. */
async function readFiles(files) {
  const taken = [];
  for (const file of files) {
    const image = TYPES.includes(file.type);
    if (!image && file.type.startsWith("image/")) toast(t("composer.wrongType", { name: file.name || t("composer.thisFile") }), "bad");
    else if (file.size > MOST) toast(t("composer.tooLarge", { name: file.name }), "bad");
    else {
      const address = await read(file);
      const content = { data: address.slice(address.indexOf(",") + 1), name: file.name };
      taken.push(image ? { ...content, media_type: file.type, address } : content);
    }
  }
  return taken;
}

const reading = (name) => h("li", { class: "thumb-busy" }, h("span", { class: "part-other part-file", role: "status" }, icon("clock"), t("composer.reading", { name: name || t("composer.thisFile") })));

/**
 * The message box, over one draft after the other. `send({text, images, files, attached}, draft)` says by a promise
 * whether it was sent: what was not comes back into its draft. `stop()`, and `chips`: nodes in its lower row.
 */
export function composer({ send, stop, chips, dropZone }) {
  const id = uid("message");
  let draft = draftOf(null);
  let running = false;
  let shown = null; // what the button shows: whether an answer runs

  const box = h("textarea", { id, class: "composer-text", rows: 1, dir: "auto", placeholder: t("composer.writeAMessage"), "aria-label": t("common.message"), enterkeyhint: "send" });
  const thumbs = h("ul", { class: "thumbs", "aria-label": t("composer.attachedFiles"), hidden: true });
  const file = h("input", { type: "file", accept: `${TYPES.join(",")},${OTHERS}`, multiple: true, hidden: true });
  const attach = iconButton("plus", t("composer.attachFiles"), () => file.click());
  const action = h("button", { type: "button", class: "send" });

  /** The box is as high as its text: by itself where the browser can (`field-sizing`), which spares it the layout. */
  function grow() {
    if (!GROWS) {
      box.style.height = "auto";
      box.style.height = `${box.scrollHeight}px`;
    }
    show();
  }

  function show() {
    const empty = draft.isEmpty();
    if (running !== shown) {
      shown = running;
      fill(action, icon(running ? "stop" : "send"));
      action.setAttribute("aria-label", running ? t("composer.stopTheAnswerEscape") : t("common.send"));
      action.title = running ? t("composer.stopEsc") : t("composer.sendEnter");
      action.classList.toggle("send-stop", running);
    }
    action.disabled = !running && empty;
  }

  function drawThumbs() {
    const { attached } = draft;
    thumbs.hidden = !attached.length;
    fill(
      thumbs,
      attached.map((one, index) => {
        const drop = iconButton("close", t("composer.remove", { image: one.name || t("composer.imageInSentence", { index: index + 1 }) }), () => {
          draft.attach(draft.attached.filter((each) => each !== one));
          drawThumbs();
          box.focus();
        });
        const shown = one.address ? h("img", { src: one.address, alt: one.name || t("composer.image", { index: index + 1 }) }) : fileNode(one.name);
        return h("li", {}, shown, drop);
      }),
    );
    show();
  }

  /** Reads files into the draft that was open when they came, whichever is open when they are read. */
  async function take(files) {
    const mine = draft;
    thumbs.hidden = false;
    thumbs.append(...files.map((each) => reading(each.name)));
    const taken = await readFiles(files);
    mine.attach([...mine.attached, ...taken]);
    if (mine === draft) drawThumbs();
  }

  async function submit() {
    const mine = draft;
    const message = { text: box.value.trim(), attached: mine.attached };
    if (running || mine.isEmpty()) return;
    mine.clear();
    draw();
    const sent = await send({
      ...message,
      images: message.attached.filter((one) => one.address).map(({ data, media_type }) => ({ data, media_type })),
      files: message.attached.filter((one) => !one.address).map(({ data, name }) => ({ data, name })),
    });
    if (sent) return;
    mine.giveBack(message);
    if (mine === draft) draw();
  }

  function draw() {
    if (box.value !== draft.text) box.value = draft.text;
    drawThumbs();
    grow();
  }

  box.addEventListener("input", () => {
    draft.write(box.value);
    grow();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  box.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
  file.addEventListener("change", async () => {
    await take([...file.files]);
    file.value = "";
    box.focus();
  });
  action.addEventListener("click", () => (running ? stop() : submit()));
  for (const name of ["dragenter", "dragover"]) {
    dropZone.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      dropZone.classList.add("dropping");
    });
  }
  dropZone.addEventListener("dragleave", (event) => dropZone.contains(event.relatedTarget) || dropZone.classList.remove("dropping"));
  dropZone.addEventListener("drop", (event) => {
    dropZone.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });

  show();
  return {
    node: h("div", { class: "composer" }, thumbs, box, h("div", { class: "composer-foot" }, h("div", { class: "composer-chips" }, attach, file, chips), action)),
    /** Puts the cursor into the box, except on touch screens, where it would raise the keyboard. */
    focus: () => matchMedia("(hover: hover)").matches && box.focus(),
    /** Shows the draft of a conversation. */
    open: (conversation) => {
      draft = draftOf(conversation);
      draw();
    },
    draw,
    running: (now) => {
      running = now;
      show();
    },
  };
}
