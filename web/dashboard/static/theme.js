// Dark or light as the system is, and as it changes.
"use strict";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = system.matches ? "dark" : "light";
};
follow();
system.addEventListener("change", follow);
