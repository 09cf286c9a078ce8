// The message box: grows with the text, takes images by button, drag and paste, sends with Enter.

import { fill, h, icon, uid } from "./dom.js";
import { t } from "./texts.js";
import { iconButton, toast } from "./ui.js";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const MOST = 20_000_000; // bytes of one image

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Reads image files into `{data, media_type, address, name}`; says why one can't be taken. */
async function readImages(files) {
  const images = [];
  for (const file of files) {
    if (!TYPES.includes(file.type)) toast(t("composer.wrongType", { name: file.name || t("composer.thisFile") }), "bad");
    else if (file.size > MOST) toast(t("composer.tooLarge", { name: file.name }), "bad");
    else {
      const address = await read(file);
      images.push({ data: address.slice(address.indexOf(",") + 1), media_type: file.type, address, name: file.name });
    }
  }
  return images;
}

/** The message box. `send({text, images})`, `stop()`, and `chips`: nodes in its lower row. */
export function composer({ send, stop, chips, dropZone }) {
  const id = uid("message");
  let images = [];
  let running = false;

  const box = h("textarea", { id, class: "composer-text", rows: 1, placeholder: t("composer.writeAMessage"), "aria-label": t("common.message"), enterkeyhint: "send" });
  const thumbs = h("ul", { class: "thumbs", "aria-label": t("composer.attachedImages"), hidden: true });
  const file = h("input", { type: "file", accept: TYPES.join(","), multiple: true, class: "sr-only", tabindex: "-1", "aria-label": t("composer.attachImages") });
  const attach = iconButton("image", t("composer.attachImages"), () => file.click());
  const action = h("button", { type: "button", class: "send" });

  function grow() {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    show();
  }

  function show() {
    const empty = !box.value.trim() && !images.length;
    fill(action, icon(running ? "stop" : "send"));
    action.setAttribute("aria-label", running ? t("composer.stopTheAnswerEscape") : t("common.send"));
    action.title = running ? t("composer.stopEsc") : t("composer.sendEnter");
    action.classList.toggle("send-stop", running);
    action.disabled = !running && empty;
  }

  function drawThumbs() {
    thumbs.hidden = !images.length;
    fill(
      thumbs,
      images.map((image, index) => {
        const drop = iconButton("close", t("composer.remove", { image: image.name || t("composer.imageInSentence", { index: index + 1 }) }), () => {
          images = images.filter((each) => each !== image);
          drawThumbs();
          box.focus();
        });
        return h("li", {}, h("img", { src: image.address, alt: image.name || t("composer.image", { index: index + 1 }) }), drop);
      }),
    );
    show();
  }

  async function take(files) {
    const taken = await readImages(files);
    images = [...images, ...taken];
    drawThumbs();
  }

  function submit() {
    const text = box.value.trim();
    if (running || (!text && !images.length)) return;
    const given = images;
    set("");
    send({ text, images: given.map(({ data, media_type }) => ({ data, media_type })) });
  }

  function set(text, kept = []) {
    box.value = text;
    images = kept;
    drawThumbs();
    grow();
  }

  box.addEventListener("input", grow);
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
    text: () => box.value,
    set,
    running: (now) => {
      running = now;
      show();
    },
  };
}
