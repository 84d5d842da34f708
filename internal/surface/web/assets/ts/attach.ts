// Pictures by paste, by drop and by the button; each is sent at once and goes with the next message.
import { ask, on, one } from "./dom";
import { toast } from "./toast";

/** Takes pictures for a composer; take empties the list and answers the ids of what is there. */
export function attachments(form: HTMLFormElement, area: HTMLTextAreaElement, base: string) {
  const place = one("[data-files]", form)!;
  const input = one<HTMLInputElement>("input[type=file]", form);
  const ready = new Map<HTMLElement, string>();
  let under = 0;

  async function add(file: File) {
    if (!file.type.startsWith("image/")) { toast("Only pictures can be attached: PNG, JPEG, GIF or WebP."); return; }
    if (file.size > 10 << 20) { toast("A picture may have 10 MB at most."); return; }
    const item = document.createElement("div");
    item.className = "composer__file";
    const picture = document.createElement("img");
    picture.alt = file.name;
    picture.src = URL.createObjectURL(file);
    const progress = document.createElement("progress");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => { ready.delete(item); item.remove(); });
    item.append(picture, progress, remove);
    place.append(item);
    under++;
    try {
      const body = new FormData();
      body.append("file", file, file.name || "picture");
      const answer = await ask(`${base}/files`, { method: "POST", body });
      if (!answer.ok) throw new Error(decodeURIComponent(answer.headers.get("Muster-Toast") ?? ""));
      if (item.isConnected) ready.set(item, (await answer.json() as { id: string }).id);
      progress.remove();
    } catch (error) {
      item.remove();
      toast((error instanceof Error && error.message) || "The picture could not be sent. Try again shortly.");
    } finally {
      under--;
      URL.revokeObjectURL(picture.src);
    }
  }

  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) { event.preventDefault(); files.forEach((f) => void add(f)); }
  });
  const target = one("[data-room-box]") ?? form;
  for (const over of [form, target]) {
    over.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("is-over"); });
    over.addEventListener("dragleave", () => form.classList.remove("is-over"));
    over.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("is-over"); [...(event.dataTransfer?.files ?? [])].forEach((f) => void add(f)); });
  }
  on("mousedown", "[data-attach], .composer [popovertarget]", (_, event) => event.preventDefault()); // the phone shows it while the field has the focus
  on("click", "[data-attach]", () => input?.click());
  input?.addEventListener("change", () => { [...(input.files ?? [])].forEach((f) => void add(f)); input.value = ""; });
  return {
    ready: () => [...ready.values()],
    busy: () => under > 0,
    take: () => { const ids = [...ready.values()]; ready.clear(); place.replaceChildren(); return ids; },
  };
}
