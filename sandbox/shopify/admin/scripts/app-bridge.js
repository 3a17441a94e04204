// A stand-in for App Bridge: it asks the page around the frame for session tokens and rights, and sends tokens along.
(() => {
  "use strict";
  const script = document.currentScript;
  const admin = new URL(script.src).origin;
  const params = new URLSearchParams(location.search);
  const meta = document.querySelector('meta[name="shopify-api-key"]');
  const apiKey = script.dataset.apiKey || (meta && meta.content);
  if (!apiKey) throw new Error("App Bridge: the script tag has no data-api-key");

  // Outside the admin there is nobody to ask: the browser goes to the app's page inside it.
  if (window.top === window) {
    if (params.get("host")) location.replace(`${admin}/${atob(params.get("host"))}/apps/${apiKey}`);
    return;
  }

  const waiting = new Map();
  let asked = 0;

  function ask(what, detail) {
    asked += 1;
    const number = asked;
    window.parent.postMessage({ appBridge: what, number, detail }, admin);
    return new Promise((resolve, reject) => waiting.set(number, { resolve, reject }));
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== admin || event.source !== window.parent) return;
    const told = event.data || {};
    if (told.appBridge === "go") {
      location.assign(told.path);
      return;
    }
    const one = waiting.get(told.number);
    if (!one) return;
    waiting.delete(told.number);
    if (told.error) one.reject(new Error(told.error));
    else one.resolve(told.value);
  });

  const idToken = () => ask("id-token");

  window.shopify = {
    config: { apiKey, shop: params.get("shop"), host: params.get("host"), locale: params.get("locale") || "en" },
    environment: { embedded: true, mobile: false, pos: false },
    idToken,
    scopes: {
      query: () => ask("scopes-query"),
      request: (scopes) => ask("scopes-request", scopes),
      revoke: (scopes) => ask("scopes-revoke", scopes),
    },
    toast: { show: (text) => void ask("toast", String(text)) },
    loading: () => {},
    saveBar: { show: () => {}, hide: () => {} },
  };

  // Requests to the app itself carry a token; one that was refused for its token is sent again with a fresh one.
  const fetchAsBefore = window.fetch.bind(window);
  async function fetchWithToken(request) {
    const headers = new Headers(request.headers);
    if (!headers.has("Authorization")) headers.set("Authorization", `Bearer ${await idToken()}`);
    return fetchAsBefore(new Request(request, { headers }));
  }
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin) return fetchAsBefore(request);
    const again = request.clone();
    const answer = await fetchWithToken(request);
    const isStale = answer.status === 401 && answer.headers.get("X-Shopify-Retry-Invalid-Session-Request") === "1";
    return isStale ? fetchWithToken(again) : answer;
  };

  // The bounce page: with a fresh token, back to where the browser wanted to go.
  const reload = params.get("shopify-reload");
  if (reload) {
    const there = new URL(reload, location.href);
    if (there.origin !== location.origin) throw new Error("App Bridge: shopify-reload leads to another origin");
    idToken().then((token) => {
      there.searchParams.set("id_token", token);
      location.replace(there.href);
    });
    return;
  }

  // The admin's address follows the app's, without what the admin itself had put into it.
  const ours = ["embedded", "hmac", "host", "id_token", "locale", "session", "shop", "timestamp"];
  function tellPlace() {
    const query = new URLSearchParams(location.search);
    ours.forEach((name) => query.delete(name));
    const nav = document.querySelectorAll("s-app-nav a, s-app-nav s-link, ui-nav-menu a");
    const links = [...nav].map((link) => ({ text: link.textContent.trim(), href: link.getAttribute("href") }));
    const path = location.pathname + (query.size ? `?${query}` : "");
    void ask("here", { path, title: document.title, links });
  }
  document.addEventListener("DOMContentLoaded", tellPlace);
  window.addEventListener("popstate", tellPlace);
  for (const act of ["pushState", "replaceState"]) {
    const asBefore = history[act].bind(history);
    history[act] = (...given) => {
      asBefore(...given);
      if (document.readyState !== "loading") tellPlace();
    };
  }
})();
