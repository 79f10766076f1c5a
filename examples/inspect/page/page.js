"use strict";
// Texts of calls come from the network: they become text nodes and attributes, never markup.

const MAX_ROWS = 600;
const byId = (id) => document.getElementById(id);
const csrf = document.querySelector("meta[name=csrf]").content;
const list = byId("rows");

let rows = new Map(); // By id: the element and whether the call is proven.
let waiting = []; // Batches that are not drawn yet.
let isDrawing = false;
let isPaused = false;
let showsValues = false;
let opened = 0;
let lookups = 0; // Only the newest answer is drawn.
let news = { calls: 0, refused: 0 };

/** Makes an element; strings among its parts become text. */
function make(name, attributes, ...parts) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...parts.filter((part) => part !== null));
  return element;
}

function button(text, action, attributes) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", action);
  return element;
}

// ---- the list

function connect() {
  const events = new EventSource("/events");
  events.onopen = () => say("live");
  events.onmessage = (event) => take(JSON.parse(event.data));
  events.onerror = () => {
    say("connecting");
    // It connects again by itself, with the id of the last event, unless it was refused.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
}

function say(state) {
  byId("state").textContent = isPaused ? "paused" : state;
}

function take(batch) {
  if (batch.fresh) waiting = [];
  waiting.push(batch);
  // What is pushed out anyway is not drawn: a hidden or paused page holds as much as it shows.
  let count = 0;
  for (let at = waiting.length - 1; at >= 0; at -= 1) {
    const left = Math.max(0, MAX_ROWS - count);
    if (waiting[at].rows.length > left) waiting[at].rows = left ? waiting[at].rows.slice(-left) : [];
    count += waiting[at].rows.length;
  }
  if (waiting.length > 50) {
    const rowsLeft = waiting.flatMap((it) => it.rows);
    waiting = [{ ...waiting.at(-1), rows: rowsLeft, fresh: waiting.some((it) => it.fresh) }];
  }
  draw();
}

function draw() {
  if (isDrawing || isPaused) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (!isPaused) waiting.splice(0).forEach(drawBatch);
  });
}

function drawBatch({ fresh, rows: added, oldest, seen }) {
  if (fresh) {
    list.replaceChildren();
    rows = new Map();
  }
  const made = document.createDocumentFragment();
  for (const row of added) {
    const element = drawRow(row);
    rows.set(row.id, { element, proven: row.proven });
    made.prepend(element);
    news.calls += 1;
    if (row.status >= 300) news.refused += 1;
  }
  list.prepend(made);
  const drop = (id, element) => {
    // A row that has the keyboard stays until it loses it.
    if (element.contains(document.activeElement)) return;
    element.remove();
    rows.delete(id);
  };
  for (const [id, { element, proven }] of rows) {
    if (id < oldest[proven ? 0 : 1]) drop(id, element);
  }
  for (const [id, { element }] of rows) {
    if (rows.size <= MAX_ROWS) break;
    drop(id, element);
  }
  byId("empty").hidden = rows.size > 0;
  byId("counts").textContent = `${seen[0]} proven, ${seen[1]} not; ${rows.size} shown`;
}

function drawRow(row) {
  const how = row.status < 300 ? (row.proven ? "good" : "warn") : "bad";
  const open = button("", () => show(row.id), { class: "row", "data-id": row.id });
  open.append(
    make("span", { class: "kind" }, row.kind || "(no trigger)"),
    make("span", { class: `answer ${how}` }, `${row.status} ${row.code}`),
    make("span", { class: "ids" }, row.ids),
    make("span", { class: "at" }, clock(row.at)),
  );
  if (row.id === opened) open.setAttribute("aria-current", "true");
  return make("li", {}, open);
}

function clock(at) {
  const two = (number) => String(number).padStart(2, "0");
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

// A screen reader hears of calls in summaries, not one by one.
setInterval(() => {
  if (news.calls === 0) return;
  const { calls, refused } = news;
  news = { calls: 0, refused: 0 };
  byId("said").textContent = `${calls} new ${calls === 1 ? "call" : "calls"}, ${refused} refused`;
}, 4000);

// ---- an opened call

async function show(id, keepsFocus) {
  mark(opened, false);
  opened = id;
  mark(id, true);
  const lookup = (lookups += 1);
  let call = null;
  try {
    const answer = await fetch(`/calls/${id}${showsValues ? "/values" : ""}`);
    call = answer.ok ? await answer.json() : { problem: await answer.text() };
  } catch (error) {
    call = { problem: "The program does not answer." };
  }
  if (lookup !== lookups || opened !== id) return;
  byId("opened").hidden = false;
  document.querySelector("main").classList.add("has-opened");
  byId("opened").dataset.id = id;
  byId("detail").replaceChildren(...(call.problem ? [make("p", {}, call.problem)] : drawCall(call)));
  byId("title").textContent = call.row ? `${call.row.kind || "Call"} ${call.row.ids}` : "Call";
  if (!keepsFocus) byId("title").focus();
}

function mark(id, is) {
  const row = rows.get(id);
  if (!row) return;
  if (is) row.element.firstChild.setAttribute("aria-current", "true");
  else row.element.firstChild.removeAttribute("aria-current");
}

function hide() {
  if (!opened) return;
  const row = rows.get(opened);
  mark(opened, false);
  opened = 0;
  byId("opened").hidden = true;
  document.querySelector("main").classList.remove("has-opened");
  byId("detail").replaceChildren();
  (row ? row.element.firstChild : byId("values")).focus();
}

function drawCall(call) {
  const { row } = call;
  const parts = [];
  if (row.status >= 300 || call.detail) {
    parts.push(make("div", { class: "refused" },
      make("p", {}, make("strong", {}, `${row.status} ${row.code}`), call.detail ? ` ${call.detail}` : ""),
      call.change ? make("p", {}, call.change) : null));
  }
  parts.push(actions(call));
  parts.push(make("h3", {}, "Checks of the proof"), checks(call));
  if (call.key) parts.push(make("h3", {}, "Idempotency key"), make("p", { class: "mono" }, call.key));
  parts.push(make("h3", {}, "Variables"), variables(call));
  if (call.event) {
    parts.push(make("h3", {}, "What a handler gets, as JSON"), make("pre", { tabindex: "0" }, call.event));
  }
  parts.push(make("h3", {}, "Code to handle it"), code(call));
  parts.push(make("h3", {}, "Headers"), make("p", { class: "mono" }, call.line), headers(call));
  return parts;
}

function actions(call) {
  const { id } = call.row;
  const result = make("span", { class: "mono", role: "status", id: "result" });
  const has = call.bytes !== null;
  const again = (text, way, can, remedy) =>
    button(text, () => send(id, way, result), can && has ? {} : { disabled: "", title: remedy });
  const save = button("Save", () => {
    const link = make("a", { href: `/calls/${id}/saved`, download: `call-${id}.http` });
    document.body.append(link);
    link.click();
    link.remove();
  }, has ? {} : { disabled: "", title: "Its body was not kept." });
  return make("div", { class: "actions" },
    again("Send again, signed", "sign", call.can_sign, "Set COPERNICA_SIGN_KEY to a private key."),
    again("Forward as it was", "forward", call.can_forward, "Start it with --forward URL."),
    save, result);
}

async function send(id, way, result) {
  result.textContent = "sending";
  try {
    const answer = await fetch(`/calls/${id}/${way}`, { method: "POST", headers: { "x-inspect-csrf": csrf } });
    if (!answer.ok) {
      result.textContent = await answer.text();
      return;
    }
    const sent = await answer.json();
    result.textContent = sent.error || `${sent.status} ${sent.body}`.trim();
  } catch (error) {
    result.textContent = "The program does not answer.";
  }
}

function checks(call) {
  if (call.checks.length === 0) {
    return make("p", { class: "dim" }, "Nothing is verified: the receiver is unverified.");
  }
  const how = { passed: "good", failed: "bad", not_reached: "dim" };
  return make("ul", { class: "checks" }, ...call.checks.map((check) => make("li", {},
    make("span", {}, check.name),
    make("span", { class: how[check.verdict] || "" }, check.verdict.replace("_", " ")),
    make("span", { class: "compared" }, check.compared),
    check.change ? make("p", { class: "bad" }, check.change) : null)));
}

function variables(call) {
  if (call.variables === null) {
    return make("p", { class: "dim" }, "The body was not read: the call was refused before, or the body is too large.");
  }
  const lines = [];
  const walk = (nodes, level) => nodes.forEach((node) => {
    const name = make("th", { scope: "row", class: `in${Math.min(level, 4)}` }, node.name);
    const hidden = node.length === undefined ? "" : `${node.length} bytes`;
    lines.push(make("tr", {}, name,
      make("td", { class: node.value === undefined ? "dim" : "value" }, node.value ?? hidden),
      make("td", { class: "wire" }, node.wire || "")));
    walk(node.nodes, level + 1);
  });
  walk(call.variables, 0);
  const table = tableOf(["name", call.values ? "value" : "value, hidden", "on the wire"], lines);
  const note = call.cut ? make("p", { class: "warn" }, "There are more variables than are shown.") : null;
  return make("div", {}, table, note);
}

function headers(call) {
  return tableOf(["name", "value"], call.headers.map((header) => make("tr", {},
    make("th", { scope: "row" }, header.name),
    make("td", header.value === null ? { class: "dim" } : {}, header.value ?? `${header.length} bytes, hidden`))));
}

function tableOf(names, lines) {
  const heads = names.map((name) => make("th", { scope: "col" }, name));
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...lines));
}

function code(call) {
  const text = make("pre", { tabindex: "0", id: "code" }, call.code);
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(call.code);
      copy.textContent = "Copied";
    } catch (error) {
      getSelection().selectAllChildren(text);
      copy.textContent = "Selected: copy it by the keyboard";
    }
  });
  return make("div", {}, copy, text);
}

// ---- switches and keys

byId("values").addEventListener("click", (event) => {
  showsValues = !showsValues;
  event.currentTarget.setAttribute("aria-pressed", String(showsValues));
  if (opened) show(opened, true);
});

byId("pause").addEventListener("click", (event) => {
  isPaused = !isPaused;
  event.currentTarget.setAttribute("aria-pressed", String(isPaused));
  say("live");
  draw();
});

byId("close").addEventListener("click", hide);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const row = document.activeElement?.closest?.("#rows li");
  const next = step && row && row[step];
  if (next) {
    event.preventDefault();
    next.firstChild.focus();
  }
});

connect();
