// The menu on small screens, rows that open as a whole, and pages that stay fresh while somebody looks at them.
"use strict";
const FRESH_EVERY_MS = 5000;

const menu = document.getElementById("menu");
const button = document.getElementById("menu-button");
document.documentElement.classList.add("has-script");
button.addEventListener("click", () => {
  const isOpen = menu.classList.toggle("show");
  button.setAttribute("aria-expanded", String(isOpen));
});

const isBusy = () =>
  document.hidden ||
  !document.getSelection().isCollapsed ||
  document.getElementById("page").contains(document.activeElement);

const refresh = async () => {
  if (isBusy()) return;
  const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
  if (!answer.ok || isBusy()) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["page", "menu", "clock"]) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && now && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
  }
};

if (document.getElementById("page").dataset.live === "yes") {
  setInterval(() => refresh().catch(() => undefined), FRESH_EVERY_MS);
}
