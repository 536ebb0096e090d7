"use strict";

const $ = (id) => document.getElementById(id);
const cards = new Map(); // by chain id
let people = [];
let person = 0;
let latest = null;
let order = null; // the explanation that is being read

async function ask(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function say(text, failed) {
  $("notice").textContent = text;
  $("notice").className = failed ? "fault" : "";
  $("notice").hidden = !text;
}

// put shows an amount with six decimals; what is cut off is in its title, and the exact amount in its data.
function put(element, amount) {
  element.textContent = amount.text.replace(/(\.\d{6})\d+/, "$1…");
  element.title = amount.text;
  element.dataset.exact = amount.exact;
}

function line(text, small, className) {
  const item = document.createElement("li");
  item.textContent = text;
  if (small) item.append(Object.assign(document.createElement("small"), { textContent: small }));
  if (className) item.className = className;
  return item;
}

function fill(list, items, empty) {
  list.replaceChildren(...(items.length || !empty ? items : [line(empty, "", "empty")]));
}

function day(text) {
  return new Date(text).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

function card(chain) {
  if (cards.has(chain.id)) return cards.get(chain.id);
  const section = $("chain").content.cloneNode(true).firstElementChild;
  section.dataset.chain = chain.id;
  const form = section.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    prepare(chain.id, form).catch((error) => say(error.message, true));
  });
  form.elements.all.addEventListener("click", () => {
    const holding = latest.chains.find((c) => c.id === chain.id).holdings?.[person];
    if (holding) form.elements.amount.value = (form.elements.action.value === "unstake" ? holding.said : holding.aid).exact;
  });
  for (const button of section.querySelectorAll("[data-lever]")) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        say((await ask("api/demo", { chain: chain.id, lever: button.dataset.lever })).text);
        await refresh();
      } catch (error) {
        say(error.message, true);
      }
      button.disabled = false;
    });
  }
  $("chains").append(section);
  cards.set(chain.id, section);
  return section;
}

function show(state) {
  for (const chain of state.chains) {
    const section = card(chain);
    const field = (name) => section.querySelector(`[data-field="${name}"]`);
    field("name").textContent = chain.name;
    field("who").textContent = people[person].name;
    field("fault").textContent = chain.fault || "";
    field("fault").hidden = !chain.fault;
    if (!chain.fault) {
      field("block").textContent = `block ${chain.block}, ${day(chain.time)}`;
      for (const name of ["deposit", "unstaking", "haircut"]) field(name).textContent = chain[name];
      const holding = chain.holdings[person];
      for (const name of ["aid", "said", "usdc", "entry", "exit", "pending"]) put(field(name), holding[name]);
      field("due").textContent = holding.waits ? `due ${day(holding.due)} (assumed)` : "";
    }
    fill(field("orders"), (chain.orders || []).map((o) => line(o.sentence, `Order ${o.id}: ${o.status}`, o.failed ? "failed" : o.done ? "done" : "under-way")), "Nothing sent yet.");
    fill(field("feed"), chain.feed.map((e) => line(e.text, `block ${e.block}, ${day(e.time)}`)), "Nothing has happened yet.");
    fill(field("trail"), (chain.trail || []).map((text) => line(text)));
  }
}

async function refresh() {
  const at = person;
  const state = await ask("api/state?account=" + people[at].address);
  if (at !== person) return; // another account was chosen meanwhile
  latest = state;
  show(state);
}

function choose(index) {
  person = index;
  [...$("people").children].forEach((button, i) => button.setAttribute("aria-pressed", i === index));
  $("address").textContent = people[index].address;
  say("");
  refresh().catch((error) => say(error.message, true));
}

async function prepare(chain, form) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    order = await ask("api/prepare", { account: people[person].address, chain, action: form.elements.action.value, amount: form.elements.amount.value.trim() });
  } finally {
    button.disabled = false;
  }
  say("");
  $("sentence").textContent = order.sentence;
  $("where").textContent = `${people[person].name}, on ${order.chainName} (chain ${order.chain})`;
  fill($("changes"), order.changes.map((text) => line(text)), "No balance changes.");
  fill($("notes"), [...order.notes, ...order.allowances].map((text) => line(text)));
  fill($("steps"), order.steps.map((step) => {
    const item = line(step.text, `${step.function} of ${step.to}, ${step.evidence}; nonce ${step.nonce}, at most ${step.gas} gas`);
    item.append(Object.assign(document.createElement("code"), { textContent: "digest " + step.digest }));
    return item;
  }));
  $("maxFee").textContent = order.maxFee;
  $("orderFault").hidden = true;
  $("order").showModal();
}

$("sign").addEventListener("click", async () => {
  $("sign").disabled = true;
  try {
    // Your own wallet would be asked here: each digest goes to the signer, and only signatures come back.
    const signatures = [];
    for (const step of order.steps) {
      signatures.push((await ask("api/sign", { order: order.order, chain: order.chain, digest: step.digest })).signature);
    }
    await ask("api/send", { order: order.order, chain: order.chain, signatures });
    $("order").close();
    cards.get(order.chain).querySelector("form").reset();
    await refresh();
  } catch (error) {
    $("orderFault").textContent = error.message;
    $("orderFault").hidden = false;
  }
  $("sign").disabled = false;
});
$("discard").addEventListener("click", () => $("order").close());

(async () => {
  try {
    people = await ask("api/people");
    people.forEach((p, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: p.name });
      button.addEventListener("click", () => choose(index));
      $("people").append(button);
    });
    choose(0);
  } catch (error) {
    say("The wallet does not answer: " + error.message, true);
  }
  for (;;) {
    await new Promise((done) => setTimeout(done, 1000));
    try {
      if (people.length && !document.hidden) await refresh();
    } catch (error) {
      say("The wallet does not answer: " + error.message, true);
    }
  }
})();
