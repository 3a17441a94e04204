// Inside a shop's admin there is no cookie: the store's own script adds a proof to every fetch, so links and forms are
// fetched and the pages exchanged. Without this script a link still works, by way of the bounce page.
"use strict";
(() => {
  const home = document.querySelector("link[rel=stylesheet]").href.replace(/\/dashboard\/static\/.*$/, "");
  const isOurs = (address) => address.href === home || address.href.startsWith(`${home}/`) || address.href.startsWith(`${home}?`);

  // The proof in the address was good for one minute and one page: it need not lie in the history.
  const here = new URL(location.href);
  here.searchParams.delete("id_token");
  history.replaceState(null, "", here);

  const save = async (answer) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") || "")?.[1] || "file";
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const show = async (answer, isBack) => {
    if (!(answer.headers.get("Content-Type") || "").startsWith("text/html")) return save(answer);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = page.title;
    document.body.className = page.body.className;
    document.body.replaceChildren(...page.body.childNodes);
    if (!isBack) history.pushState(null, "", answer.url);
    window.scrollTo(0, 0);
    document.getElementById("page")?.focus({ preventScroll: true });
    document.activeElement?.blur(); // the page stays fresh until somebody works in it
    offerRights();
  };

  // Rights that the app can do without are asked for by a function of the store's own script, where it has one.
  const asking = (name) => {
    const steps = name.split(".");
    const last = steps.pop();
    const owner = steps.reduce((found, step) => found?.[step], window);
    return typeof owner?.[last] === "function" ? (rights) => owner[last](rights) : undefined;
  };
  const offerRights = () => {
    for (const offer of document.querySelectorAll("[data-asks]")) offer.hidden = !asking(offer.dataset.asks);
  };

  const open = async (address, options = {}, isBack = false) => {
    const headers = { Accept: "text/html" };
    try {
      await show(await fetch(address, { ...options, headers }), isBack);
    } catch {
      location.assign(address);
    }
  };

  document.addEventListener("click", (event) => {
    const right = event.target.closest("[data-right]")?.dataset.right;
    if (right) {
      const ask = asking(event.target.closest("[data-asks]").dataset.asks);
      ask([right]).then(() => open(location.href, {}, true), () => undefined); // the store says itself what went wrong
      return;
    }
    const link = event.target.closest("a[href]");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented) return;
    const address = new URL(link.href);
    if (!isOurs(address)) {
      link.target = "_blank"; // what is not the app's does not belong into its frame
      link.rel = "noopener";
      return;
    }
    if (address.pathname === location.pathname && address.search === location.search && address.hash) return;
    event.preventDefault();
    open(address);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isOurs(new URL(form.action))) return;
    event.preventDefault();
    const given = new URLSearchParams(new FormData(form, event.submitter));
    const address = new URL(event.submitter?.getAttribute("formaction") || form.action, location.href);
    if (form.method === "post") return open(address, { method: "POST", body: given });
    address.search = given;
    open(address);
  });

  offerRights();
  window.addEventListener("popstate", () => open(location.href, {}, true));
})();
