// Files by paste, by drop and by the button; each is sent at once and goes with the next message.
import { one } from "./dom";
import { toast } from "./toast";

const most = 25 << 20; // bytes, as the server takes them
const many = 10; // in one message

/** Takes files for a composer, also those dropped on target; take empties the list and answers the ids of what is there. */
export function attachments(form: HTMLFormElement, area: HTMLTextAreaElement, base: string, target: HTMLElement) {
  const place = one("[data-files]", form)!;
  const input = one<HTMLInputElement>("input[type=file]", form);
  const ready = new Map<HTMLElement, string>();
  let under = 0;

  function add(file: File) {
    if (file.size > most) { toast(`${file.name || "That file"} has ${Math.ceil(file.size / (1 << 20))} MB; at most 25 MB are taken.`); return; }
    if (place.children.length >= many) { toast("A message holds at most 10 files; send the others with the next one."); return; }
    const item = document.createElement("div");
    item.className = "composer__file";
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
    const shown = document.createElement(picture ? "img" : "span");
    if (shown instanceof HTMLImageElement) { shown.alt = file.name; shown.src = URL.createObjectURL(file); } else { shown.className = "composer__name"; shown.textContent = file.name; }
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    item.append(shown, remove);
    place.append(item);
    let sending = upload(item, file);
    remove.addEventListener("click", () => {
      sending?.abort();
      ready.delete(item);
      item.remove();
      if (shown instanceof HTMLImageElement) URL.revokeObjectURL(shown.src);
    });
    item.addEventListener("click", (event) => {
      if (!item.matches(".composer__file--failed") || (event.target as Element).closest("button[aria-label]")) return;
      sending = upload(item, file);
    });
  }

  function upload(item: HTMLElement, file: File): XMLHttpRequest {
    const progress = document.createElement("progress");
    item.append(progress);
    const request = new XMLHttpRequest(); // fetch tells nothing of how far it is
    const end = (failed?: string) => {
      under--;
      progress.remove();
      item.classList.toggle("composer__file--failed", failed !== undefined);
      one(".composer__retry", item)?.remove();
      if (failed === undefined) return;
      const again = document.createElement("button");
      again.type = "button";
      again.className = "composer__retry";
      again.textContent = "Try again";
      item.append(again);
      toast(failed || "The file could not be sent. Try again shortly.");
    };
    under++;
    item.classList.remove("composer__file--failed");
    one(".composer__retry", item)?.remove();
    request.upload.onprogress = (event) => { if (event.lengthComputable && event.loaded < event.total) progress.value = event.loaded / event.total; else progress.removeAttribute("value"); };
    request.onload = () => {
      if (request.status !== 201) { end(decodeURIComponent(request.getResponseHeader("Muster-Toast") ?? "")); return; }
      if (item.isConnected) ready.set(item, (JSON.parse(request.responseText) as { id: string }).id);
      end();
    };
    request.onerror = () => end("");
    request.onabort = () => { under--; };
    request.open("POST", `${base}/files`);
    request.setRequestHeader("HX-Request", "true");
    const body = new FormData();
    body.append("file", file, file.name || "picture.png");
    request.send(body);
    return request;
  }

  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) { event.preventDefault(); files.forEach(add); }
  });
  for (const over of [form, target]) {
    over.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("is-over"); });
    over.addEventListener("dragleave", () => form.classList.remove("is-over"));
    over.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("is-over"); [...(event.dataTransfer?.files ?? [])].forEach(add); });
  }
  form.addEventListener("mousedown", (event) => { if ((event.target as Element).closest("[data-attach], [popovertarget]")) event.preventDefault(); }); // the phone shows them while the field has the focus
  one("[data-attach]", form)?.addEventListener("click", () => input?.click());
  input?.addEventListener("change", () => { [...(input.files ?? [])].forEach(add); input.value = ""; });
  return {
    ready: () => [...ready.values()],
    busy: () => under > 0,
    take: () => {
      const ids = [...place.children].map((item) => ready.get(item as HTMLElement)).filter((id): id is string => !!id); // in the order in which they stand
      for (const item of ready.keys()) item.remove();
      ready.clear();
      return ids;
    },
  };
}
