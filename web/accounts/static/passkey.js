// Asks the browser for a passkey, new or known, and sends what it says with the form.
"use strict";
const form = document.getElementById("passkey");
const told = document.getElementById("passkey-told");

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const opened = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const options = JSON.parse(form.dataset.options);
options.challenge = bytes(options.challenge);
if (options.user) options.user.id = bytes(options.user.id);
if (options.allowCredentials) options.allowCredentials = opened(options.allowCredentials);
if (options.excludeCredentials) options.excludeCredentials = opened(options.excludeCredentials);

const NAMES = ["attestationObject", "clientDataJSON", "authenticatorData", "signature", "userHandle"];
const written = (credential) => {
  const response = {};
  for (const name of NAMES) if (credential.response[name]) response[name] = text(credential.response[name]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  const whole = { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  return JSON.stringify({ ...whole, extensions: JSON.stringify(credential.getClientExtensionResults()) });
};

const ask = async () => {
  if (!navigator.credentials) throw new Error("this browser knows no passkeys, or the address is not https");
  const verb = form.dataset.verb === "create" ? "create" : "get";
  document.getElementById("credential").value = written(await navigator.credentials[verb]({ publicKey: options }));
  form.submit();
};
ask().catch((problem) => {
  told.textContent = `That did not work: ${problem.message}. Go back and try again.`;
  told.className = "text-red";
});
