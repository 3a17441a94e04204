// The admin around an embedded app: gives it session tokens, asks the merchant for rights, shows its links.
(() => {
  "use strict";
  const frame = document.querySelector("iframe");
  if (!frame) return;
  const { origin, base, root, store } = frame.dataset;
  const nav = document.querySelector("#app-nav");
  const toasts = document.querySelector("#toasts");
  const dialog = document.querySelector("dialog");

  async function post(path, body) {
    const headers = { "Content-Type": "application/json", "X-Sandbox-Admin": "1" };
    const answer = await fetch(`${store}/${path}`, { method: "POST", headers, body: JSON.stringify(body || {}) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error);
    return told;
  }

  const stated = ({ granted, required, optional }) => ({ granted, required, optional });

  function consent(scopes, words) {
    const list = dialog.querySelector("ul");
    list.replaceChildren(...scopes.map((scope) => {
      const line = document.createElement("li");
      line.textContent = words[scope] || scope;
      return line;
    }));
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "allow"), { once: true });
    });
  }

  const acts = {
    "id-token": async () => (await post("session_token")).id_token,
    "scopes-query": async () => stated(await (await fetch(`${store}/scopes`)).json()),
    "scopes-request": async (scopes) => {
      const now = await (await fetch(`${store}/scopes`)).json();
      const foreign = scopes.find((scope) => !now.optional.includes(scope) && !now.required.includes(scope));
      if (foreign) throw new Error(`${foreign} is none of the app's scopes`);
      const lacking = scopes.filter((scope) => !now.granted.includes(scope));
      if (lacking.length === 0) return { result: "granted-all", detail: stated(now) };
      if (!(await consent(lacking, now.words))) return { result: "declined-all", detail: stated(now) };
      return { result: "granted-all", detail: stated(await post("scopes", { request: lacking })) };
    },
    "scopes-revoke": async (scopes) => ({ detail: stated(await post("scopes", { revoke: scopes })) }),
    toast: async (text) => {
      toasts.textContent = text;
    },
    here: async ({ path, title, links }) => {
      const inside = path.startsWith(`${root}/`) ? path.slice(root.length) : "";
      history.replaceState(null, "", base + (inside.startsWith("/?") ? inside.slice(1) : inside.replace(/^\/$/, "")));
      document.title = title || document.title;
      nav.replaceChildren(...links.map(({ text, href }) => {
        const line = document.createElement("li");
        const link = document.createElement("a");
        link.textContent = text;
        link.href = "#";
        link.addEventListener("click", (event) => {
          event.preventDefault();
          frame.contentWindow.postMessage({ appBridge: "go", path: href }, origin);
        });
        line.append(link);
        return line;
      }));
    },
  };

  window.addEventListener("message", async (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const { appBridge, number, detail } = event.data || {};
    const act = acts[appBridge];
    if (!act) return;
    try {
      frame.contentWindow.postMessage({ number, value: await act(detail) }, origin);
    } catch (error) {
      frame.contentWindow.postMessage({ number, error: error.message }, origin);
    }
  });

  // Loaded only now, so that no question of the app is asked before somebody listens.
  frame.src = frame.dataset.source;
})();
