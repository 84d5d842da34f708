// The color scheme: as the system says, or as chosen; the server reads the cookie, so that no page flashes.
import { all, on } from "./dom";

function mark() {
  const now = document.documentElement.dataset.theme ?? "";
  for (const button of all("[data-theme-set]")) button.setAttribute("aria-pressed", String(button.dataset.themeSet === now));
}

export function start() {
  mark();
  on("click", "[data-theme-set]", (button) => {
    const chosen = button.dataset.themeSet!;
    document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? 31536000 : 0}; samesite=lax`;
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    mark();
  });
}
