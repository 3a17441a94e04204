// The menu on small screens, rows that open as a whole, and pages that stay fresh while somebody looks at them.
"use strict";
const FRESH_EVERY_MS = 5000;

document.documentElement.classList.add("has-script");
// Asked of the document, because inside a shop's admin whole pages are exchanged under this script (framed.js).
document.addEventListener("click", (event) => {
  const button = event.target.closest("#menu-button");
  if (!button) return;
  const isOpen = document.getElementById("menu").classList.toggle("show");
  button.setAttribute("aria-expanded", String(isOpen));
});

const isBusy = () => {
  const page = document.getElementById("page");
  const isLive = page && page.dataset.live === "yes";
  return !isLive || document.hidden || !document.getSelection().isCollapsed || page.contains(document.activeElement);
};

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

setInterval(() => refresh().catch(() => undefined), FRESH_EVERY_MS);
